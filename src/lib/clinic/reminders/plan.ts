import { and, eq, sql } from 'drizzle-orm';
import { newId } from '../../identity/index.ts';
import { account, practitioner, reminder, type Transaction } from '../../storage/index.ts';
import { LEAD_MS, surnameOf, type ReminderData, type ReminderKind } from '../model/time/index.ts';
import type { Booking } from '../time/booking.ts';
import { peopleOf, systemsOf, type Recipient } from './recipients.ts';

const ANNOUNCED_AS = {
  made: 'booking.made',
  moved: 'booking.moved',
  cancelled: 'booking.cancelled',
} as const satisfies Record<string, ReminderKind>;

interface Planned {
  kind: ReminderKind;
  dueAtMs: number;
  to: readonly Recipient[];
}

/**
 * What everybody is to be told of a booking that has just changed: the change at once, and while it stands a day and an hour before. What was
 * planned for it earlier is no longer said. In the transaction of the change, so that neither is without the other.
 */
export async function planForBooking(
  tx: Transaction,
  booking: Booking,
  change: keyof typeof ANNOUNCED_AS,
  nowMs: number,
): Promise<void> {
  const { appointmentId, caseId, accountId, institutionId, startsAtMs, sequence } = booking;
  await dropReminders(tx, caseId, appointmentId);
  const people = await peopleOf(tx, caseId, [accountId]);
  const systems = await systemsOf(tx, caseId, institutionId);
  const data: ReminderData = {
    subjectId: appointmentId,
    service: booking.service,
    atMs: startsAtMs,
    endsAtMs: booking.endsAtMs,
    surname: surnameOf(await nameOf(tx, accountId)),
    sequence,
  };
  const plan: Planned[] = [{ kind: ANNOUNCED_AS[change], dueAtMs: nowMs, to: [...people, ...systems] }];
  if (change !== 'cancelled')
    for (const kind of ['visit.day', 'visit.hour'] as const) {
      const dueAtMs = startsAtMs - LEAD_MS[kind];
      // Who has just heard of it need not be reminded of it.
      if (dueAtMs > nowMs) plan.push({ kind, dueAtMs, to: people });
    }
  await addReminders(tx, caseId, data, plan);
}

/** Says no more of an appointment or a follow-up. What has been sent stays on record. */
export async function dropReminders(tx: Transaction, caseId: string, subjectId: string): Promise<void> {
  await tx
    .update(reminder)
    .set({ state: 'cancelled' })
    .where(
      and(
        eq(reminder.caseId, caseId),
        eq(reminder.state, 'waiting'),
        sql`${reminder.data} ->> 'subjectId' = ${subjectId}`,
      ),
    );
}

export async function addReminders(
  tx: Transaction,
  caseId: string,
  data: ReminderData,
  plan: readonly Planned[],
): Promise<void> {
  const rows = plan.flatMap(({ kind, dueAtMs, to }) =>
    to.map(({ recipient, channel }) => ({
      id: newId(),
      dedupeKey: [kind, data.subjectId, data.sequence, recipient, channel].join(':'),
      caseId,
      recipient,
      channel,
      kind,
      data,
      dueAt: new Date(dueAtMs),
    })),
  );
  if (rows.length > 0) await tx.insert(reminder).values(rows).onConflictDoNothing();
}

async function nameOf(tx: Transaction, accountId: string): Promise<string> {
  const [found] = await tx
    .select({ name: account.displayName, realName: practitioner.realName })
    .from(account)
    .leftJoin(practitioner, eq(practitioner.accountId, account.id))
    .where(eq(account.id, accountId));
  return found?.realName ?? found?.name ?? '';
}

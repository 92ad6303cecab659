import { and, eq, or, sql } from 'drizzle-orm';
import { newId } from '../../identity/index.ts';
import { account, appointment, practitioner, reminder, type Transaction } from '../../storage/index.ts';
import type { CaseRow } from '../cases/effects.ts';
import { LEAD_MS, surnameOf, type ReminderData, type ReminderKind } from '../model/time/index.ts';
import type { Booking } from '../time/booking.ts';
import { peopleOf, systemsOf, type Recipient } from './recipients.ts';

const ANNOUNCED_AS = {
  made: 'booking.made',
  moved: 'booking.moved',
  cancelled: 'booking.cancelled',
} as const satisfies Record<string, ReminderKind>;
type Change = keyof typeof ANNOUNCED_AS;

interface Planned {
  kind: ReminderKind;
  dueAtMs: number;
  to: readonly Recipient[];
}

/**
 * What everybody is to be told of a booking that has just changed. In the transaction of the change, so that neither is without the other;
 * steps of cases get it by `bookSlot` and its like.
 */
export async function planForBooking(
  tx: Transaction,
  booking: Booking,
  change: Change,
  nowMs: number,
): Promise<void> {
  const { appointmentId, caseId, accountId, institutionId, startsAtMs, sequence } = booking;
  const data: ReminderData = {
    subjectId: appointmentId,
    service: booking.service,
    atMs: startsAtMs,
    endsAtMs: booking.endsAtMs,
    surname: surnameOf(await nameOf(tx, accountId)),
    sequence,
  };
  await announce(tx, { caseId, institutionId, data, accountIds: [accountId] }, change, nowMs);
}

/**
 * The same of a case that takes place at a time without being booked in a slot, such as a surgery: called with each step of a case
 * (`Cases`), it sees by itself whether the time has changed, or the case was closed before it came. `wasAt` is the time before the step.
 */
export async function planForCase(tx: Transaction, row: CaseRow, wasAt: Date | null): Promise<void> {
  const nowMs = row.updatedAt.getTime();
  const wasAtMs = wasAt?.getTime() ?? null;
  const isAtMs = row.closedAt === null ? (row.scheduledAt?.getTime() ?? null) : null;
  if (wasAtMs === isAtMs || (await isBooked(tx, row))) return;
  if (isAtMs === null && (wasAtMs ?? 0) <= nowMs) return dropReminders(tx, row.id, row.id);
  const change: Change = isAtMs === null ? 'cancelled' : wasAtMs === null ? 'made' : 'moved';
  const data: ReminderData = {
    subjectId: row.id,
    service: row.kind,
    atMs: isAtMs ?? (wasAtMs as number),
    endsAtMs: null,
    surname: null,
    sequence: row.version,
  };
  const { id: caseId, institutionId } = row;
  await announce(tx, { caseId, institutionId, data, accountIds: [] }, change, nowMs);
}

/** Its booking says it already: one that stands, or that this very step has ended. */
async function isBooked(tx: Transaction, row: CaseRow): Promise<boolean> {
  const [found] = await tx
    .select({ id: appointment.id })
    .from(appointment)
    .where(
      and(
        eq(appointment.caseId, row.id),
        or(eq(appointment.state, 'booked'), eq(appointment.endedAt, row.updatedAt)),
      ),
    )
    .limit(1);
  return found !== undefined;
}

/** The change at once, and while it stands a day and an hour before. What was planned earlier is no longer said. */
async function announce(
  tx: Transaction,
  of: { caseId: string; institutionId: string; data: ReminderData; accountIds: readonly string[] },
  change: Change,
  nowMs: number,
): Promise<void> {
  const { caseId, institutionId, data, accountIds } = of;
  await dropReminders(tx, caseId, data.subjectId);
  const people = await peopleOf(tx, caseId, accountIds);
  const systems = await systemsOf(tx, caseId, institutionId);
  const plan: Planned[] = [{ kind: ANNOUNCED_AS[change], dueAtMs: nowMs, to: [...people, ...systems] }];
  if (change !== 'cancelled')
    for (const kind of ['visit.day', 'visit.hour'] as const) {
      const dueAtMs = data.atMs - LEAD_MS[kind];
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

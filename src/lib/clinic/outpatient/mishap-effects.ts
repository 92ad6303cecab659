import { and, arrayOverlaps, eq } from 'drizzle-orm';
import { HubError } from '../../signaling/contract/index.ts';
import { account, appointment } from '../../storage/index.ts';
import type { Effect, EffectContext, Effects } from '../cases/effects.ts';
import { openFromCase } from '../consult/open-from-case.ts';
import { bookingOfCase, cancelBooking } from '../time/booking.ts';
import { dataOf, DOCTORS, placeIn, shutRoom, type Input, type OutpatientParts } from './effect-parts.ts';
import { enqueue, leaveQueue } from './queue.ts';
import { ownPatient } from './right-patient.ts';

/** What happens when a visit does not go as planned: the wrong patient, an emergency, nobody wants it any more. */
export function mishapEffects({ cases, rooms, links }: Omit<OutpatientParts, 'board'>): Effects {
  /** The phone that shows somebody else's case goes dark at once, and the room's doors are shut. */
  const freeze: Effect = async (context) => {
    await leaveQueue(context.tx, context.row.id, context.atMs);
    const sendAway = await links.revokeWithin(context.tx, context.row.id);
    const sendOut = await shutRoom(context, rooms);
    return {
      afterCommit: () => {
        sendAway();
        sendOut();
      },
    };
  };

  const reidentify: Effect = async ({ tx, row, input, atMs }) => {
    const { patientId } = input as Input<'reidentify'>;
    await ownPatient(tx, patientId, row.institutionId);
    await tx
      .update(appointment)
      .set({ patientId })
      .where(and(eq(appointment.caseId, row.id), eq(appointment.state, 'booked')));
    await enqueue(tx, { ...placeIn(row), arrivedAtMs: atMs, bookedAtMs: null, atHead: true });
    return { columns: { patientId } };
  };

  const leave = async ({ tx, row, atMs }: EffectContext, reason: string): Promise<void> => {
    await leaveQueue(tx, row.id, atMs);
    if (await bookingOfCase(tx, row.id)) await cancelBooking(tx, { caseId: row.id, reason, nowMs: atMs });
  };

  const cancel: Effect = async (context) => {
    await leave(context, (context.input as Input<'because'>).reason);
    return {};
  };

  /** The room stays as it is: whoever is in it goes on helping while another is found. */
  const emergency: Effect = async (context) => {
    const { row } = context;
    const { reason } = context.input as Input<'because'>;
    await leave(context, reason);
    const data = dataOf(row);
    const requestedBy = await responsibleFor(context);
    const flags = [data.triage, data.preConsult].flatMap((each) => each?.outcome.redFlags ?? []);
    const { consultId, tell } = await openFromCase(cases(), context, {
      requestedBy,
      reason,
      purpose: '门诊患者出现急症，请求紧急会诊',
      summary: [data.reason, ...flags.map(({ message }) => message.zh)].join('\n'),
      specialty: data.triage?.outcome.specialty ?? null,
    });
    return { made: { consultId }, afterCommit: tell };
  };

  return {
    'outpatient.wrongPatient': freeze,
    'outpatient.reidentify': reidentify,
    'outpatient.cancel': cancel,
    'outpatient.emergency': emergency,
  };
}

/** Who answers for the patient in an emergency: a doctor who says so, or asked for the visit, or is booked; else whoever opened it. */
async function responsibleFor({ tx, row, actor }: EffectContext): Promise<string> {
  const asked = [actor.accountId, row.requestedBy, dataOf(row).doctorId];
  for (const accountId of asked) {
    if (accountId === null) continue;
    const [doctor] = await tx
      .select({ id: account.id })
      .from(account)
      .where(and(eq(account.id, accountId), arrayOverlaps(account.roles, [...DOCTORS])));
    if (doctor) return doctor.id;
  }
  const anybody = row.requestedBy ?? actor.accountId;
  if (anybody === null) throw new HubError('out_of_order', 'nobody answers for the patient');
  return anybody;
}

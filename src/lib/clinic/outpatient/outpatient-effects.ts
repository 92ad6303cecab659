import { and, eq } from 'drizzle-orm';
import { HubError, URGENCIES } from '../../signaling/contract/index.ts';
import { caseParticipant, practitioner, queueEntry, room, type Transaction } from '../../storage/index.ts';
import { keepOutOfRoom, letIntoRoom, openCaseRoom } from '../cases/case-room.ts';
import type { CaseRow, Effect, EffectResult, Effects } from '../cases/effects.ts';
import { eligible } from '../cases/eligible.ts';
import { MISSED_BEHIND } from '../model/outpatient/outpatient-data.ts';
import { planFollowUp } from '../reminders/follow-ups.ts';
import { bookingOfCase, bookSlot, markKept, markMissed, reschedule, type Booking } from '../time/booking.ts';
import {
  accountOf,
  dataOf,
  DOCTORS,
  placeIn,
  shutRoom,
  type Input,
  type OutpatientParts,
} from './effect-parts.ts';
import { mishapEffects } from './mishap-effects.ts';
import { beginVisit, callIn, enqueue, finishVisit, leaveQueue, putBehind } from './queue.ts';

/** Ours: so long after the booked time the hub takes who has not checked in for a no-show. */
const LATE_MS = 15 * 60_000;
const CALL_MS = 3 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

/** What the steps of a visit do beyond the case itself: slot, queue, room, link, reminders. */
export function outpatientEffects(parts: OutpatientParts): Effects {
  const { board, rooms } = parts;
  /** Whoever waits for the doctor is told, once the step stands. */
  const queueMoves =
    (effect: Effect): Effect =>
    async (context) => {
      const before = await queueOf(context.tx, context.row.id);
      const result = await effect(context);
      return {
        ...result,
        afterCommit: () => {
          result?.afterCommit?.();
          board.moved([before, dataOf(context.row).doctorId]);
        },
      };
    };

  const moveUrgency: Effect = async ({ row, input }) => {
    const { outcome } = input as Input<'answer'>;
    const isWorse = URGENCIES.indexOf(outcome.urgency) > URGENCIES.indexOf(row.urgency);
    return isWorse ? { columns: { urgency: outcome.urgency } } : {};
  };

  const book: Effect = async ({ tx, row, input, atMs }) => {
    const { slotId } = input as Input<'book'>;
    const { doctorId } = dataOf(row);
    const doctor = await eligible(tx, doctorId ?? '', { roles: DOCTORS });
    const booked = await bookSlot(tx, { slotId, caseId: row.id, patientId: row.patientId, nowMs: atMs });
    return { columns: bookedColumns(row, booked), join: asDoctor(doctor.accountId) };
  };

  const moveBooking: Effect = async ({ tx, row, input, atMs }) => {
    const { slotId } = input as Input<'move'>;
    const doctor = await eligible(tx, dataOf(row).doctorId ?? '', { roles: DOCTORS });
    const booked = await reschedule(tx, { slotId, caseId: row.id, nowMs: atMs });
    const former = (await doctorsOf(tx, row.id)).filter((each) => each !== doctor.accountId);
    return {
      columns: bookedColumns(row, booked),
      leave: former.map((accountId) => ({ accountId, function: 'clinic_doctor' as const })),
      join: asDoctor(doctor.accountId),
    };
  };

  const checkIn: Effect = async ({ tx, row, atMs }) => {
    await enqueue(tx, {
      ...placeIn(row),
      arrivedAtMs: atMs,
      bookedAtMs: dataOf(row).booking?.startsAtMs ?? null,
    });
    return {};
  };

  const recall: Effect = async ({ tx, row, atMs }) => {
    await enqueue(tx, { ...placeIn(row), arrivedAtMs: atMs, bookedAtMs: null });
    return {};
  };

  const begin: Effect = async ({ tx, row, actor, atMs }) => {
    await beginVisit(tx, row.id, atMs);
    if (await hasOpenRoom(tx, row)) return {};
    const roomId = await openCaseRoom(tx, row, {
      kind: 'outpatient',
      title: dataOf(row).reason.slice(0, 120),
      openedBy: accountOf(actor),
      atMs,
    });
    return { columns: { roomId }, made: { roomId } };
  };

  /** Called and not there: tried again after a few others, or gone for today. */
  const notThere: Effect = async ({ tx, row, atMs }) => {
    if (row.state === 'waiting') await putBehind(tx, placeIn(row), MISSED_BEHIND, true);
    if (row.state === 'no_show') {
      await leaveQueue(tx, row.id, atMs);
      if (await bookingOfCase(tx, row.id)) await markMissed(tx, { caseId: row.id, nowMs: atMs });
    }
    return {};
  };

  const replaceDoctor: Effect = async ({ tx, row, input, atMs }) => {
    const { doctorId } = input as Input<'doctor'>;
    const doctor = await eligible(tx, doctorId, { roles: DOCTORS });
    const former = (await doctorsOf(tx, row.id)).filter((each) => each !== doctor.accountId);
    await keepOutOfRoom(tx, row, former);
    await letIntoRoom(tx, row, doctor.accountId, 'clinic_doctor');
    if (row.state === 'waiting') {
      const [entry] = await tx.select().from(queueEntry).where(eq(queueEntry.caseId, row.id));
      await enqueue(tx, {
        ...placeIn(row),
        arrivedAtMs: entry?.arrivedAt.getTime() ?? atMs,
        bookedAtMs: null,
        // Who was with the doctor already does not wait for it twice.
        atHead: entry !== undefined && entry.state !== 'waiting',
      });
    }
    const { roomId } = row;
    return {
      leave: former.map((accountId) => ({ accountId, function: 'clinic_doctor' as const })),
      join: asDoctor(doctor.accountId),
      afterCommit: () => {
        if (roomId) for (const accountId of former) rooms.left(roomId, accountId);
      },
    };
  };

  const endVisit: Effect = async (context) => {
    const { tx, row, atMs } = context;
    await finishVisit(tx, row.id, atMs);
    if (await bookingOfCase(tx, row.id)) await markKept(tx, { caseId: row.id, nowMs: atMs });
    return { afterCommit: await shutRoom(context, rooms) };
  };

  /** Under the real name, with a licence (互联网诊疗监管细则): whoever has neither on record signs nothing. */
  const sign: Effect = async ({ tx, actor }) => {
    const [known] = await tx
      .select({ licenceNumber: practitioner.licenceNumber })
      .from(practitioner)
      .where(eq(practitioner.accountId, accountOf(actor)));
    if (!known?.licenceNumber)
      throw new HubError('forbidden', 'who signs has a real name and a licence on record');
    return {};
  };

  const followUp: Effect = async ({ tx, row, input, atMs }) => {
    const { afterDays, instructions } = input as Input<'followUp'>;
    if (afterDays === null || instructions === null) return {};
    const dueAtMs = atMs + afterDays * DAY_MS;
    const plan = { caseId: row.id, dueAtMs, text: instructions, nowMs: atMs };
    return { made: { followUpId: await planFollowUp(tx, plan) } };
  };

  const mishaps = Object.entries(mishapEffects(parts)).map(([name, effect]) => [name, queueMoves(effect)]);
  return {
    ...Object.fromEntries(mishaps),
    'outpatient.answerTriage': moveUrgency,
    'outpatient.answerPreConsult': moveUrgency,
    'outpatient.book': book,
    'outpatient.reschedule': moveBooking,
    'outpatient.checkIn': queueMoves(checkIn),
    'outpatient.call': queueMoves(async ({ tx, row, atMs }) => {
      await callIn(tx, placeIn(row), atMs);
      return {};
    }),
    'outpatient.callAgain': async ({ atMs }) => ({ columns: { dueAt: new Date(atMs + CALL_MS) } }),
    'outpatient.begin': begin,
    'outpatient.missed': queueMoves(notThere),
    'outpatient.expired': queueMoves(notThere),
    'outpatient.noShow': notThere,
    'outpatient.skip': queueMoves(async ({ tx, row, input }) => {
      await putBehind(tx, placeIn(row), (input as Input<'skip'>).behind, false);
      return {};
    }),
    'outpatient.recall': queueMoves(recall),
    'outpatient.replaceDoctor': queueMoves(replaceDoctor),
    'outpatient.endVisit': queueMoves(endVisit),
    'outpatient.sign': sign,
    'outpatient.planFollowUp': followUp,
  };
}

const asDoctor = (accountId: string): NonNullable<EffectResult['join']> => [
  { accountId, function: 'clinic_doctor' },
];

const bookedColumns = (row: CaseRow, booked: Booking): NonNullable<EffectResult['columns']> => ({
  scheduledAt: new Date(booked.startsAtMs),
  dueAt: new Date(booked.endsAtMs + LATE_MS),
  guestInstitutionId: booked.institutionId === row.institutionId ? null : booked.institutionId,
});

async function doctorsOf(tx: Transaction, caseId: string): Promise<string[]> {
  const rows = await tx
    .select({ accountId: caseParticipant.accountId })
    .from(caseParticipant)
    .where(and(eq(caseParticipant.caseId, caseId), eq(caseParticipant.function, 'clinic_doctor')));
  return rows.map(({ accountId }) => accountId);
}

/** Whose queue the case is in before the step. */
async function queueOf(tx: Transaction, caseId: string): Promise<string | null> {
  const [entry] = await tx
    .select({ doctorId: queueEntry.doctorId })
    .from(queueEntry)
    .where(eq(queueEntry.caseId, caseId));
  return entry?.doctorId ?? null;
}

async function hasOpenRoom(tx: Transaction, { roomId }: CaseRow): Promise<boolean> {
  if (roomId === null) return false;
  const [found] = await tx
    .select({ id: room.id })
    .from(room)
    .where(and(eq(room.id, roomId), eq(room.status, 'open')));
  return found !== undefined;
}

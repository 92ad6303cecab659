import { and, eq, gt, inArray, isNull, lt, ne, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { HubError } from '../../signaling/contract/index.ts';
import {
  appointment,
  caseParticipant,
  clinicalCase,
  patient,
  room,
  type Transaction,
} from '../../storage/index.ts';
import { endCaseRoom, keepOutOfRoom, letIntoRoom, openCaseRoom, stripOf } from '../cases/case-room.ts';
import type { CaseRow, Effect, EffectContext, EffectResult, Effects, Knowledge } from '../cases/effects.ts';
import { eligible } from '../cases/eligible.ts';
import { finaliseDocument, reopenDocument } from '../documents/document-steps.ts';
import { LATE_MINUTES, type ConsultData, type participantInput } from '../model/consult/consult-data.ts';
import { dueAtMs, WORKFLOWS } from '../model/index.ts';
import { bookingOfCase, bookSlot, cancelBooking, markKept } from '../time/booking.ts';
import { lockTimeOf } from '../time/lock.ts';

/** What is to happen to people who are in a room at this moment. */
export interface LiveRooms {
  /** The room's doors are shut in the database already. */
  ended(roomId: string): void;
  left(roomId: string, accountId: string): void;
  /** Who may come in has changed, or what is shown of the patient. */
  changed(roomId: string): void;
  /** The case has stopped because nobody is sure who the patient is, or goes on. */
  stands(roomId: string): void;
}

const dataOf = (row: CaseRow) => row.data as ConsultData;

/** Asks somebody to come at a time: in their published slot, or as agreed. */
async function ask({ tx, row, input, atMs }: EffectContext): Promise<EffectResult> {
  const { accountId, startsAtMs, slotId } = input as {
    accountId: string;
    startsAtMs: number;
    slotId?: string;
  };
  if (accountId === row.requestedBy) throw new HubError('invalid_message', 'accountId: asks themselves');
  const specialist = await eligible(tx, accountId, { roles: ['specialist'] });
  await freeTime(tx, row, 'asked again', atMs);
  if (row.urgency !== 'emergency') await ownTime(tx, row, accountId);
  if (slotId !== undefined) {
    const booking = await bookSlot(tx, { slotId, caseId: row.id, patientId: row.patientId, nowMs: atMs });
    if (booking.accountId !== accountId || booking.startsAtMs !== startsAtMs)
      throw new HubError('conflict', 'the slot is another person’s or at another time');
  }
  return {
    columns: {
      guestInstitutionId: specialist.institutionId === row.institutionId ? null : specialist.institutionId,
      scheduledAt: new Date(startsAtMs),
    },
    join: [{ accountId, function: 'specialist' }],
  };
}

/**
 * Nobody is in two consults at once; in an emergency the dispatcher has spoken to them.
 * @throws {HubError} conflict
 */
async function ownTime(tx: Transaction, row: CaseRow, accountId: string): Promise<void> {
  const { meeting } = dataOf(row);
  if (!meeting) return;
  await lockTimeOf(tx, 'account', accountId);
  const endsAtMs = meeting.startsAtMs + meeting.minutes * 60_000;
  const minutes = sql`(${clinicalCase.data} #>> '{meeting,minutes}')::int`;
  const [other] = await tx
    .select({ id: clinicalCase.id })
    .from(caseParticipant)
    .innerJoin(clinicalCase, eq(clinicalCase.id, caseParticipant.caseId))
    .where(
      and(
        eq(caseParticipant.accountId, accountId),
        eq(caseParticipant.function, 'specialist'),
        ne(clinicalCase.id, row.id),
        eq(clinicalCase.kind, 'consult'),
        isNull(clinicalCase.closedAt),
        lt(clinicalCase.scheduledAt, new Date(endsAtMs)),
        gt(
          sql`${clinicalCase.scheduledAt} + make_interval(mins => ${minutes})`,
          new Date(meeting.startsAtMs),
        ),
      ),
    )
    .limit(1);
  if (other) throw new HubError('conflict', 'the specialist has another consult at that time');
}

async function freeTime(tx: Transaction, row: CaseRow, reason: string, nowMs: number): Promise<void> {
  if (await bookingOfCase(tx, row.id)) await cancelBooking(tx, { caseId: row.id, reason, nowMs });
}

export function consultEffects(rooms: LiveRooms): Effects {
  /** Who was asked before and is a specialist of the case still goes, out of the room too. */
  const formerLeave = async (tx: Transaction, row: CaseRow): Promise<EffectResult> => {
    const former = dataOf(row).former.map(({ accountId }) => accountId);
    const current = dataOf(row).specialistId;
    if (former.length === 0) return {};
    const still = await tx
      .select({ accountId: caseParticipant.accountId })
      .from(caseParticipant)
      .where(
        and(
          eq(caseParticipant.caseId, row.id),
          eq(caseParticipant.function, 'specialist'),
          inArray(caseParticipant.accountId, former),
        ),
      );
    const leaving = still.map(({ accountId }) => accountId).filter((accountId) => accountId !== current);
    await keepOutOfRoom(tx, row, leaving);
    const { roomId } = row;
    return {
      leave: leaving.map((accountId) => ({ accountId, function: 'specialist' as const })),
      afterCommit: () => {
        if (roomId) for (const accountId of leaving) rooms.left(roomId, accountId);
      },
    };
  };

  /** Nobody is asked any more. */
  const unmatched: Effect = async ({ tx, row, atMs }) => {
    await freeTime(tx, row, 'specialist left', atMs);
    const left = await formerLeave(tx, row);
    const meeting = dataOf(row).meeting;
    return {
      ...left,
      columns: {
        guestInstitutionId: null,
        scheduledAt: meeting === null ? null : new Date(meeting.startsAtMs),
      },
    };
  };

  const reassigned: Effect = async (context) => {
    const { tx, row } = context;
    const { accountId } = context.input as { accountId: string };
    const left = await formerLeave(tx, row);
    const asked = await ask(context);
    await letIntoRoom(tx, row, accountId, 'specialist');
    const { roomId } = row;
    return {
      ...left,
      ...asked,
      columns: { ...asked.columns, ...(row.state === 'ready' ? lateAt(row) : {}) },
      afterCommit: () => {
        left.afterCommit?.();
        if (roomId) rooms.changed(roomId);
      },
    };
  };

  const closeRoom = async (tx: Transaction, row: CaseRow, atMs: number): Promise<EffectResult> => {
    const { roomId } = row;
    if (roomId === null) return {};
    await endCaseRoom(tx, row, atMs);
    return { made: { endedRoomId: roomId }, afterCommit: () => rooms.ended(roomId) };
  };

  const over: Effect = async ({ tx, row, input, atMs }) => {
    await freeTime(tx, row, (input as { reason?: string }).reason ?? 'archived', atMs);
    return closeRoom(tx, row, atMs);
  };

  return {
    'consult.opened': async ({ row }) =>
      row.requestedBy === null
        ? {}
        : { join: [{ accountId: row.requestedBy, function: 'local_doctor' as const }] },
    'consult.changeUrgency': async ({ row, input, atMs }) => {
      const { urgency } = input as { urgency: CaseRow['urgency'] };
      const state = WORKFLOWS.consult.states[row.state];
      const due = state ? dueAtMs(state, urgency, atMs) : null;
      return { columns: { urgency, dueAt: due === null ? null : new Date(due) } };
    },
    'consult.match': ask,
    'consult.reassign': reassigned,
    'consult.refuse': unmatched,
    'consult.drop': unmatched,
    'consult.expired': async (context) => {
      const { row } = context;
      return row.state === 'requested' ? unmatched(context) : {};
    },
    'consult.invite': async ({ row }) => ({ columns: lateAt(row) }),
    'consult.addParticipant': async ({ tx, row, input }) => {
      const { accountId, function: as } = input as z.output<typeof participantInput>;
      await eligible(tx, accountId, { roles: [as] });
      await letIntoRoom(tx, row, accountId, as);
      const { roomId } = row;
      return {
        join: [{ accountId, function: as }],
        afterCommit: () => {
          if (roomId) rooms.changed(roomId);
        },
      };
    },
    'consult.openRoom': async ({ tx, row, actor, atMs }) => {
      const roomId = await openCaseRoom(tx, row, {
        kind: 'consult',
        openedBy: actor.accountId ?? '',
        atMs,
      });
      if (await bookingOfCase(tx, row.id)) await markKept(tx, { caseId: row.id, nowMs: atMs });
      return { columns: { roomId }, made: { roomId }, afterCommit: () => rooms.changed(roomId) };
    },
    'consult.conclude': async ({ tx, row, actor, atMs }) => ({
      made: { documentId: await finaliseDocument(tx, row, { kind: 'opinion', by: actor.accountId, atMs }) },
    }),
    'consult.amend': async ({ tx, row, atMs }) => ({
      made: { documentId: await reopenDocument(tx, row, { kind: 'opinion', atMs }) },
    }),
    'consult.acknowledge': over,
    'consult.cancel': over,
    'consult.withdrawConsent': over,
    'consult.stop': over,
    'consult.reidentify': async ({ tx, row, input, atMs }) => {
      const { patientId } = input as { patientId: string };
      const written = { ...row, patientId };
      await tx
        .update(appointment)
        .set({ patientId })
        .where(and(eq(appointment.caseId, row.id), eq(appointment.state, 'booked')));
      // Whoever went in did so by a consent that does not stand.
      if (row.roomId !== null && row.state === 'accepted') {
        const closed = await closeRoom(tx, row, atMs);
        return { ...closed, columns: { patientId, roomId: null } };
      }
      if (row.roomId !== null)
        await tx
          .update(room)
          .set({ patient: await stripOf(tx, written, atMs) })
          .where(eq(room.id, row.roomId));
      return { columns: { patientId } };
    },
  };
}

/** @throws {HubError} not_found: another institution's patient, or one whose record is another's by now */
export const consultKnowledge: Knowledge = {
  'consult.reidentify': async ({ tx, row, input }) => {
    const { patientId } = input as { patientId?: unknown };
    const [right] =
      typeof patientId === 'string' ? await tx.select().from(patient).where(eq(patient.id, patientId)) : [];
    if (right?.institutionId !== row.institutionId || right.mergedInto !== null)
      throw new HubError('not_found', 'no such patient of this institution');
    return { formerPatientId: row.patientId };
  },
};

function lateAt(row: CaseRow): NonNullable<EffectResult['columns']> {
  const startsAtMs = dataOf(row).meeting?.startsAtMs;
  return startsAtMs === undefined ? {} : { dueAt: new Date(startsAtMs + LATE_MINUTES[row.urgency] * 60_000) };
}

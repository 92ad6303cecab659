import { and, eq } from 'drizzle-orm';
import { HubError } from '../../signaling/contract/index.ts';
import { caseParticipant, room, type Transaction } from '../../storage/index.ts';
import { endCaseRoom, keepOutOfRoom, letIntoRoom, openCaseRoom, stripOf } from '../cases/case-room.ts';
import type { Cases } from '../cases/cases.ts';
import type { Actor, CaseRow, Effect, EffectContext, EffectResult, Effects } from '../cases/effects.ts';
import { eligible, ownBox } from '../cases/eligible.ts';
import type { LiveRooms } from '../consult/consult-effects.ts';
import { openFromCase } from '../consult/open-from-case.ts';
import { finaliseDocument } from '../documents/document-steps.ts';
import type { ExamData } from '../model/workflows/exam.ts';

const dataOf = (row: CaseRow): ExamData => row.data as ExamData;

function accountOf({ accountId }: Actor): string {
  if (accountId === null) throw new HubError('forbidden', 'a person does this');
  return accountId;
}

async function expertsOf(tx: Transaction, caseId: string): Promise<string[]> {
  const rows = await tx
    .select({ accountId: caseParticipant.accountId })
    .from(caseParticipant)
    .where(and(eq(caseParticipant.caseId, caseId), eq(caseParticipant.function, 'expert')));
  return rows.map(({ accountId }) => accountId);
}

async function attachBox({ tx, row, input }: EffectContext): Promise<EffectResult> {
  const { boxId } = input as { boxId: string };
  await ownBox(tx, boxId, row.institutionId);
  if (dataOf(row).boxId === null) return {};
  const open = await openRoomOf(tx, row);
  // Boxes of an open room come and go in the room, where everybody sees it.
  if (open && open.boxId !== boxId) throw new HubError('conflict', 'the open room has another box, or none');
  return { columns: { boxId } };
}

async function openRoomOf(tx: Transaction, { roomId }: CaseRow): Promise<{ boxId: string | null } | null> {
  if (roomId === null) return null;
  const [found] = await tx
    .select({ boxId: room.boxId })
    .from(room)
    .where(and(eq(room.id, roomId), eq(room.status, 'open')));
  return found ?? null;
}

async function sideChanged({ tx, row, atMs }: EffectContext): Promise<EffectResult> {
  const { laterality } = dataOf(row).identification;
  if (row.roomId !== null)
    await tx
      .update(room)
      .set({ patient: await stripOf(tx, { ...row, laterality }, atMs) })
      .where(eq(room.id, row.roomId));
  return { columns: { laterality } };
}

/** Whoever was the expert goes, also out of the room. */
async function expertLeaves(
  { tx, row }: EffectContext,
  rooms: LiveRooms,
  except: string | null = null,
): Promise<EffectResult> {
  const leaving = (await expertsOf(tx, row.id)).filter((accountId) => accountId !== except);
  await keepOutOfRoom(tx, row, leaving);
  const { roomId } = row;
  return {
    columns: { guestInstitutionId: null },
    leave: leaving.map((accountId) => ({ accountId, function: 'expert' })),
    afterCommit: () => {
      if (roomId) for (const accountId of leaving) rooms.left(roomId, accountId);
    },
  };
}

/** `cases` is asked for only when a step is taken: it needs these effects itself. */
export function examEffects(
  rooms: LiveRooms,
  cases: () => Pick<Cases, 'openWithin' | 'takeWithin'>,
): Effects {
  const changed = ({ roomId }: CaseRow): void => {
    if (roomId) rooms.changed(roomId);
  };

  const assignExpert: Effect = async (context) => {
    const { tx, row } = context;
    const { expertId } = dataOf(row);
    const expert = await eligible(tx, expertId ?? '', { roles: ['specialist'] });
    const left = await expertLeaves(context, rooms, expertId);
    await letIntoRoom(tx, row, expert.accountId, 'expert');
    const isGuest = expert.institutionId !== row.institutionId;
    return {
      ...left,
      columns: { guestInstitutionId: isGuest ? expert.institutionId : null },
      join: [{ accountId: expert.accountId, function: 'expert' }],
      afterCommit: () => {
        left.afterCommit?.();
        changed(row);
      },
    };
  };

  /** Whoever does this holds the probe from now on. */
  const examinerJoins: Effect = async ({ tx, row, actor }) => {
    const accountId = accountOf(actor);
    await letIntoRoom(tx, row, accountId, 'sonographer');
    return { join: [{ accountId, function: 'sonographer' }], afterCommit: () => changed(row) };
  };

  const openRoom: Effect = async ({ tx, row, actor, atMs }) => {
    // The box was lost and is back: everybody is still there.
    if (await openRoomOf(tx, row)) return {};
    const opening = { kind: 'exam', openedBy: accountOf(actor), atMs } as const;
    const roomId = await openCaseRoom(tx, row, opening);
    return { columns: { roomId }, made: { roomId }, afterCommit: () => rooms.changed(roomId) };
  };

  const over: Effect = async ({ tx, row, atMs }) => {
    const { roomId } = row;
    await endCaseRoom(tx, row, atMs);
    return { afterCommit: () => void (roomId && rooms.ended(roomId)) };
  };

  /** The local team acts; the consult stands before the dispatchers. The room stays as it is: nobody is sent out of it now. */
  const emergency: Effect = async (context) => {
    const { row, actor, input } = context;
    const { order, findings, identification } = dataOf(row);
    const isDoctor = actor.institutionId === row.institutionId && actor.roles.includes('rural_doctor');
    const { consultId, tell } = await openFromCase(cases(), context, {
      requestedBy: (isDoctor ? actor.accountId : row.requestedBy) ?? accountOf(actor),
      reason: (input as { reason: string }).reason,
      purpose: '检查中突发急症',
      summary: [
        ...(identification.mismatch ? ['【身份待核实】'] : []),
        order.reason,
        order.question,
        ...findings.map(({ text }) => text),
      ]
        .join('\n')
        .slice(0, 4_000),
      specialty: null,
    });
    return { made: { consultId }, afterCommit: tell };
  };

  return {
    'exam.opened': sideChanged,
    'exam.changeSide': async (context) => ({
      ...(await sideChanged(context)),
      afterCommit: () => changed(context.row),
    }),
    // Said once; the case stays where it is.
    'exam.expired': async () => ({ columns: { dueAt: null } }),
    'exam.schedule': async ({ input }) => ({
      columns: { scheduledAt: new Date((input as { atMs: number }).atMs) },
    }),
    'exam.assignExpert': assignExpert,
    'exam.dropExpert': (context) => expertLeaves(context, rooms),
    'exam.prepare': examinerJoins,
    'exam.takeOver': examinerJoins,
    'exam.attachBox': attachBox,
    'exam.openRoom': openRoom,
    'exam.boxLost': async () => ({ columns: { boxId: null } }),
    'exam.report': async ({ tx, row, actor, atMs }) => ({
      made: { documentId: await finaliseDocument(tx, row, { kind: 'report', by: actor.accountId, atMs }) },
    }),
    'exam.emergency': emergency,
    'exam.acknowledge': over,
    'exam.cancel': over,
    'exam.noShow': over,
    'exam.voidOrder': over,
  };
}

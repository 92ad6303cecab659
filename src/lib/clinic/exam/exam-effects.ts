import { and, eq } from 'drizzle-orm';
import { HubError, type CaseFunction } from '../../signaling/contract/index.ts';
import { caseParticipant, room, type Transaction } from '../../storage/index.ts';
import { keepOutOfRoom, letIntoRoom, openCaseRoom } from '../cases/case-room.ts';
import type { Actor, CaseRow, EffectContext, EffectResult, Effects } from '../cases/effects.ts';
import { eligible, ownBox } from '../cases/eligible.ts';
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

const leavers = (accountIds: readonly string[], as: CaseFunction): EffectResult['leave'] =>
  accountIds.map((accountId) => ({ accountId, function: as }));

async function assignExpert({ tx, row }: EffectContext): Promise<EffectResult> {
  const { expertId } = dataOf(row);
  const expert = await eligible(tx, expertId ?? '', { roles: ['specialist'] });
  const before = (await expertsOf(tx, row.id)).filter((accountId) => accountId !== expertId);
  await keepOutOfRoom(tx, row, before);
  await letIntoRoom(tx, row, expert.accountId, 'expert');
  const isGuest = expert.institutionId !== row.institutionId;
  return {
    columns: { guestInstitutionId: isGuest ? expert.institutionId : null },
    leave: leavers(before, 'expert') ?? [],
    join: [{ accountId: expert.accountId, function: 'expert' }],
  };
}

async function dropExpert({ tx, row }: EffectContext): Promise<EffectResult> {
  const before = await expertsOf(tx, row.id);
  await keepOutOfRoom(tx, row, before);
  return { columns: { guestInstitutionId: null }, leave: leavers(before, 'expert') ?? [] };
}

/** Whoever does this holds the probe from now on. */
async function examinerJoins({ tx, row, actor }: EffectContext): Promise<EffectResult> {
  const accountId = accountOf(actor);
  await letIntoRoom(tx, row, accountId, 'sonographer');
  return { join: [{ accountId, function: 'sonographer' }] };
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

async function openRoom({ tx, row, actor, atMs }: EffectContext): Promise<EffectResult> {
  if (await openRoomOf(tx, row)) return {};
  const { order } = dataOf(row);
  const roomId = await openCaseRoom(tx, row, {
    kind: 'exam',
    title: order.reason.slice(0, 120),
    openedBy: accountOf(actor),
    atMs,
  });
  return { columns: { roomId }, made: { roomId } };
}

async function openRoomOf(tx: Transaction, { roomId }: CaseRow): Promise<{ boxId: string | null } | null> {
  if (roomId === null) return null;
  const [found] = await tx
    .select({ boxId: room.boxId })
    .from(room)
    .where(and(eq(room.id, roomId), eq(room.status, 'open')));
  return found ?? null;
}

const sideOf = async ({ row }: EffectContext): Promise<EffectResult> => ({
  columns: { laterality: dataOf(row).identification.laterality },
});

export const EXAM_EFFECTS: Effects = {
  'exam.opened': sideOf,
  'exam.changeSide': sideOf,
  // Said once; the case stays where it is.
  'exam.expired': async () => ({ columns: { dueAt: null } }),
  'exam.schedule': async ({ input }) => ({
    columns: { scheduledAt: new Date((input as { atMs: number }).atMs) },
  }),
  'exam.assignExpert': assignExpert,
  'exam.dropExpert': dropExpert,
  'exam.prepare': examinerJoins,
  'exam.takeOver': examinerJoins,
  'exam.attachBox': attachBox,
  'exam.openRoom': openRoom,
  'exam.boxLost': async () => ({ columns: { boxId: null } }),
};

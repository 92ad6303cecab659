import { HubError } from '../../signaling/contract/index.ts';
import { endCaseRoom, keepOutOfRoom, letIntoRoom, openCaseRoom } from '../cases/case-room.ts';
import type { CaseRow, Effect, EffectContext, EffectResult, Effects } from '../cases/effects.ts';
import { eligible } from '../cases/eligible.ts';
import type { LiveRooms } from '../consult/consult-effects.ts';
import { finaliseDocument } from '../documents/document-steps.ts';
import type { SurgeryData } from '../model/surgery/surgery-data.ts';
import { ACCOUNTS_FOR, functionOf, type TeamMember } from '../model/surgery/team.ts';
import type { Transaction } from '../../storage/index.ts';

const dataOf = (row: CaseRow): SurgeryData => row.data as SurgeryData;

/** Who stands in the theatre is of the house; who is remote may be of any. */
async function checked(
  tx: Transaction,
  { accountId, role, remote }: TeamMember,
  institutionId: string,
): Promise<{ accountId: string; institutionId: string }> {
  const roles = ACCOUNTS_FOR[role];
  return eligible(tx, accountId, remote ? { roles } : { roles, institutionId });
}

/** Everybody may do what they are named for; answers the other house that takes part, the operating surgeon's before anybody else's. */
async function guestOf(tx: Transaction, row: CaseRow): Promise<string | null> {
  const { team } = dataOf(row);
  const isOperating = ({ role }: TeamMember): number => Number(role === 'operating_surgeon');
  let guest: string | null = null;
  for (const member of [...team].sort((a, b) => isOperating(b) - isOperating(a))) {
    const { institutionId } = await checked(tx, member, row.institutionId);
    if (institutionId !== row.institutionId) guest ??= institutionId;
  }
  return guest;
}

async function booked({ tx, row }: EffectContext): Promise<EffectResult> {
  const { team, booking } = dataOf(row);
  return {
    columns: {
      guestInstitutionId: await guestOf(tx, row),
      laterality: booking.laterality,
      scheduledAt: new Date(booking.scheduledAtMs),
    },
    join: team.map(({ accountId, role }) => ({ accountId, function: functionOf(role) })),
  };
}

export function surgeryEffects(rooms: LiveRooms): Effects {
  const replaceMember: Effect = async ({ tx, row, input }) => {
    const { accountId, by } = input as { accountId: string; by: string };
    const successor = dataOf(row).team.find((member) => member.accountId === by);
    if (!successor) throw new HubError('not_found', 'no such member of the team');
    const as = functionOf(successor.role);
    const guestInstitutionId = await guestOf(tx, row);
    await keepOutOfRoom(tx, row, [accountId]);
    await letIntoRoom(tx, row, by, as);
    const { roomId } = row;
    return {
      columns: { guestInstitutionId },
      leave: [{ accountId, function: as }],
      join: [{ accountId: by, function: as }],
      afterCommit: () => {
        if (!roomId) return;
        rooms.left(roomId, accountId);
        rooms.changed(roomId);
      },
    };
  };

  const openRoom: Effect = async ({ tx, row, actor, input, atMs }) => {
    const { boxId } = input as { boxId: string | null };
    if (actor.accountId === null) throw new HubError('forbidden', 'a person opens the room');
    const opening = { kind: 'surgery', openedBy: actor.accountId, atMs } as const;
    const roomId = await openCaseRoom(tx, { ...row, boxId }, opening);
    return { columns: { roomId, boxId }, made: { roomId }, afterCommit: () => rooms.changed(roomId) };
  };

  const over: Effect = async ({ tx, row, atMs }) => {
    const { roomId } = row;
    // Given up while it ran, it is still talked over.
    if (row.state === 'debriefing') return {};
    await endCaseRoom(tx, row, atMs);
    return { afterCommit: () => void (roomId && rooms.ended(roomId)) };
  };

  return {
    'surgery.opened': booked,
    'surgery.reschedule': async ({ row }) => ({
      columns: { scheduledAt: new Date(dataOf(row).booking.scheduledAtMs) },
    }),
    'surgery.replaceMember': replaceMember,
    'surgery.openRoom': openRoom,
    'surgery.abort': over,
    'surgery.debrief': async (context) => {
      const { tx, row, actor, atMs } = context;
      const documentId = await finaliseDocument(tx, row, { kind: 'debrief', by: actor.accountId, atMs });
      return { ...(await over(context)), made: { documentId } };
    },
  };
}

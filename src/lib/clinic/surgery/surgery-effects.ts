import { ACCOUNT_ROLES, HubError, type AccountRole } from '../../signaling/contract/index.ts';
import { keepOutOfRoom, letIntoRoom, openCaseRoom } from '../cases/case-room.ts';
import type { CaseRow, EffectContext, EffectResult, Effects } from '../cases/effects.ts';
import { eligible } from '../cases/eligible.ts';
import type { SurgeryData } from '../model/surgery/surgery-data.ts';
import { functionOf, type SurgeryRole, type TeamMember } from '../model/surgery/team.ts';
import type { Transaction } from '../../storage/index.ts';

/** What an account has to be for a role in an operation. */
const ACCOUNTS_FOR: Readonly<Record<SurgeryRole, readonly AccountRole[]>> = {
  operating_surgeon: ['surgeon'],
  local_surgeon: ['surgeon'],
  proctor: ['proctor', 'surgeon'],
  anaesthetist: ['anaesthetist'],
  nurse: ['nurse'],
  interpreter: ['interpreter'],
  observer: ACCOUNT_ROLES,
};

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

/** The other house that takes part: the operating surgeon's before anybody else's. */
async function guestOf(tx: Transaction, row: CaseRow): Promise<string | null> {
  const { team } = dataOf(row);
  const inOrder = [...team].sort(
    (a, b) => Number(b.role === 'operating_surgeon') - Number(a.role === 'operating_surgeon'),
  );
  for (const member of inOrder) {
    const { institutionId } = await checked(tx, member, row.institutionId);
    if (institutionId !== row.institutionId) return institutionId;
  }
  return null;
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

async function replaceMember({ tx, row, input }: EffectContext): Promise<EffectResult> {
  const { accountId, by } = input as { accountId: string; by: string };
  const successor = dataOf(row).team.find((member) => member.accountId === by);
  if (!successor) throw new HubError('not_found', 'no such member of the team');
  const as = functionOf(successor.role);
  const guestInstitutionId = await guestOf(tx, row);
  await keepOutOfRoom(tx, row, [accountId]);
  await letIntoRoom(tx, row, by, as);
  return {
    columns: { guestInstitutionId },
    leave: [{ accountId, function: as }],
    join: [{ accountId: by, function: as }],
  };
}

async function openRoom({ tx, row, actor, input, atMs }: EffectContext): Promise<EffectResult> {
  const { boxId } = input as { boxId: string | null };
  if (actor.accountId === null) throw new HubError('forbidden', 'a person opens the room');
  const roomId = await openCaseRoom(
    tx,
    { ...row, boxId },
    {
      kind: 'surgery',
      title: dataOf(row).booking.procedure.slice(0, 120),
      openedBy: actor.accountId,
      atMs,
    },
  );
  return { columns: { roomId, boxId }, made: { roomId } };
}

export const SURGERY_EFFECTS: Effects = {
  'surgery.opened': booked,
  'surgery.reschedule': async ({ row }) => ({
    columns: { scheduledAt: new Date(dataOf(row).booking.scheduledAtMs) },
  }),
  'surgery.replaceMember': replaceMember,
  'surgery.openRoom': openRoom,
};

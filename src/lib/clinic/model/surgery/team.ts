import { z } from 'zod';
import {
  accountIdSchema,
  ACCOUNT_ROLES,
  lineSchema,
  paragraphSchema,
  type AccountRole,
  type CaseFunction,
} from '../../../signaling/contract/index.ts';

/** Named roles of an operation. `local_surgeon` stands in the theatre and takes over; in the case both kinds of surgeon are `operating_surgeon`. */
export const SURGERY_ROLES = [
  'operating_surgeon',
  'local_surgeon',
  'proctor',
  'anaesthetist',
  'nurse',
  'interpreter',
  'observer',
] as const;
export const surgeryRoleSchema = z.enum(SURGERY_ROLES);
export type SurgeryRole = z.output<typeof surgeryRoleSchema>;

/** What an account has to be for a role in an operation. */
export const ACCOUNTS_FOR: Readonly<Record<SurgeryRole, readonly AccountRole[]>> = {
  operating_surgeon: ['surgeon'],
  local_surgeon: ['surgeon'],
  proctor: ['proctor', 'surgeon'],
  anaesthetist: ['anaesthetist'],
  nurse: ['nurse'],
  interpreter: ['interpreter'],
  observer: ACCOUNT_ROLES,
};

export const functionOf = (role: SurgeryRole): CaseFunction =>
  role === 'local_surgeon' ? 'operating_surgeon' : role;

export const teamMemberSchema = z.strictObject({
  accountId: accountIdSchema,
  role: surgeryRoleSchema,
  /** Takes part over the link; not in the theatre. */
  remote: z.boolean(),
});
export type TeamMember = z.output<typeof teamMemberSchema>;

export const takeoverPlanSchema = z.strictObject({
  /** Goes on when the link or the remote surgeon fails. */
  who: accountIdSchema,
  how: paragraphSchema,
  when: paragraphSchema,
});
export type TakeoverPlan = z.output<typeof takeoverPlanSchema>;

export const teamSchema = z.array(teamMemberSchema).min(4).max(30);

/** Why these people cannot operate together; null when they can. */
export function teamProblem(team: readonly TeamMember[], plan: TakeoverPlan): string | null {
  const has = (role: SurgeryRole): number => team.filter((member) => member.role === role).length;
  if (new Set(team.map(({ accountId }) => accountId)).size < team.length) return 'somebody is named twice';
  if (has('operating_surgeon') !== 1) return 'exactly one operating surgeon';
  for (const role of ['local_surgeon', 'anaesthetist', 'nurse'] as const)
    if (has(role) === 0) return `at least one ${role}`;
  if (team.some(({ role, remote }) => role === 'local_surgeon' && remote))
    return 'a local surgeon is not remote';
  if (roleIn(team, plan.who) !== 'local_surgeon') return 'who takes over has to be a local surgeon';
  return null;
}

export const roleIn = (team: readonly TeamMember[], accountId: string | null): SurgeryRole | null =>
  team.find((member) => member.accountId === accountId)?.role ?? null;

/** Who may hold authority over the operation. */
export const isSurgeon = (team: readonly TeamMember[], accountId: string | null): boolean =>
  ['operating_surgeon', 'local_surgeon'].includes(roleIn(team, accountId) ?? '');

export const isRemote = (team: readonly TeamMember[], accountId: string): boolean =>
  team.some((member) => member.accountId === accountId && member.remote);

export const replaceInput = z.strictObject({
  accountId: accountIdSchema,
  by: accountIdSchema,
  remote: z.boolean(),
  reason: lineSchema,
});

/** The same role, another person; whoever was to take over is followed by the successor. */
export function replaced(
  team: readonly TeamMember[],
  plan: TakeoverPlan,
  change: z.output<typeof replaceInput>,
): { team: TeamMember[]; takeoverPlan: TakeoverPlan } {
  return {
    team: team.map((member) =>
      member.accountId === change.accountId
        ? { ...member, accountId: change.by, remote: change.remote }
        : member,
    ),
    takeoverPlan: plan.who === change.accountId ? { ...plan, who: change.by } : plan,
  };
}

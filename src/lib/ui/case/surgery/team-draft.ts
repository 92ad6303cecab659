import { ACCOUNTS_FOR, type SurgeryRole, type TeamMember } from '../../../clinic/model/surgery/team.ts';
import type { TeamChoice } from './extras.ts';

/** One line of the team as its form holds it; empty where nobody is chosen yet. */
export interface MemberDraft {
  key: number;
  role: SurgeryRole;
  accountId: string;
  remote: boolean;
}

/** Without these nobody operates. */
export const NEEDED: readonly SurgeryRole[] = ['operating_surgeon', 'local_surgeon', 'anaesthetist', 'nurse'];
/** Of these there may be several, or none. */
export const FURTHER: readonly SurgeryRole[] = [
  'proctor',
  'local_surgeon',
  'anaesthetist',
  'nurse',
  'interpreter',
  'observer',
];

export const neededTeam = (): MemberDraft[] =>
  NEEDED.map((role, key) => ({ key, role, accountId: '', remote: false }));

export const eligibleFor = (role: SurgeryRole, people: readonly TeamChoice[]): TeamChoice[] =>
  people.filter(
    ({ roles, isOwn }) =>
      ACCOUNTS_FOR[role].some((each) => roles.includes(each)) && (isOwn || role !== 'local_surgeon'),
  );

/** Whether somebody takes part over the link is known by role and house; null where it is to be said. */
export function remoteBy(role: SurgeryRole, person: TeamChoice | undefined): boolean | null {
  if (role === 'local_surgeon') return false;
  return person && !person.isOwn ? true : null;
}

export const membersOf = (team: readonly MemberDraft[]): TeamMember[] =>
  team.map(({ accountId, role, remote }) => ({ accountId, role, remote }));

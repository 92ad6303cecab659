import type { AccountPrincipal, Principal } from '../../identity/index.ts';
import { ACCOUNT_ROLES, HubError, type AccountRole } from '../../signaling/contract/index.ts';

/** Those who treat or place the patients of their own institution. Others meet a patient in a case only. */
const CLINICAL: readonly AccountRole[] = [
  'rural_doctor',
  'specialist',
  'sonographer',
  'surgeon',
  'nurse',
  'dispatcher',
];

/** What a role may do with the people of its own institution; the one table. An administrator runs the house and sees no patients. */
export const PEOPLE_ACCESS = {
  'patient.register': CLINICAL,
  'patient.read': CLINICAL,
  'patient.change': CLINICAL,
  'patient.merge': CLINICAL,
  'department.manage': ['administrator'],
  'practitioner.manage': ['administrator'],
  'practitioner.introduce_self': ACCOUNT_ROLES,
  'practitioner.read': ACCOUNT_ROLES,
  'department.read': ACCOUNT_ROLES,
} as const satisfies Record<string, readonly AccountRole[]>;
export type PeopleAction = keyof typeof PEOPLE_ACCESS;

export function may(principal: Principal, action: PeopleAction): principal is AccountPrincipal {
  const allowed: readonly AccountRole[] = PEOPLE_ACCESS[action];
  return principal.kind === 'account' && principal.roles.some((role) => allowed.includes(role));
}

/** @throws {HubError} forbidden, whatever the thing is that it is to be done to */
export function permit(principal: Principal, action: PeopleAction): AccountPrincipal {
  if (!may(principal, action)) throw new HubError('forbidden');
  return principal;
}

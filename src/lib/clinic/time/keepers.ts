import type { AccountPrincipal } from '../../identity/index.ts';
import type { AccountRole } from '../../signaling/contract/index.ts';

/** Whose time can be booked. */
export const OFFERING: readonly AccountRole[] = [
  'rural_doctor',
  'specialist',
  'sonographer',
  'surgeon',
  'proctor',
  'anaesthetist',
];

/** Who keeps the calendars of everybody at the own institution. */
const KEEPERS: readonly AccountRole[] = ['dispatcher', 'administrator'];

export const isKeeperOf = (principal: AccountPrincipal, institutionId: string): boolean =>
  principal.institutionId === institutionId && principal.roles.some((role) => KEEPERS.includes(role));

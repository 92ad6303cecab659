export { SESSION_COOKIE } from './cookie.ts';
export { seedDemo } from './demo.ts';
export type { DemoHospital } from './demo.ts';
export { createIdentity } from './identity.ts';
export type { Identity } from './identity.ts';
export { accountPrincipalId, boxPrincipalId, newId, patientPrincipalId } from './ids.ts';
export type { AccountSummary } from './accounts.ts';
export type { BoxSummary } from './boxes.ts';
export type { CaseLinkLook, CaseLinks } from './case-links.ts';
export type { InvitationLook } from './invitations.ts';
export type {
  AccountPrincipal,
  BoxPrincipal,
  GuestPrincipal,
  PatientPrincipal,
  Principal,
  StreamPrincipal,
} from './principal.ts';
export type { StreamKeySummary } from './stream-keys.ts';
export type { KnownSession, LoginContext, NewSession } from './sessions.ts';

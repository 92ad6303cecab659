import type { AccountRole, RoomRole } from '../signaling/contract/index.ts';

/**
 * Who stands behind a connection or a page request, after authentication. `principalId` is stable for the person or
 * box (`a_…`, `g_…`, `p_…`, `b_…`, `w_…`) and is the member id in every room.
 */
export type Principal = AccountPrincipal | GuestPrincipal | PatientPrincipal | BoxPrincipal | StreamPrincipal;

export interface AccountPrincipal {
  kind: 'account';
  principalId: string;
  accountId: string;
  name: string;
  roles: AccountRole[];
  institutionId: string;
}

/** Somebody with an invitation: one room, one role, for a limited time. */
export interface GuestPrincipal {
  kind: 'guest';
  principalId: string;
  invitationId: string;
  name: string;
  roomId: string;
  role: Extract<RoomRole, 'patient' | 'interpreter' | 'observer'>;
  expiresAtMs: number;
}

/** A patient whose phone holds a link to one case; no other case, and no other room than that of the case. */
export interface PatientPrincipal {
  kind: 'patient';
  principalId: string;
  patientId: string;
  caseId: string;
  /** Masked: others in a room see it. */
  name: string;
  expiresAtMs: number;
}

export interface BoxPrincipal {
  kind: 'box';
  principalId: string;
  boxId: string;
  name: string;
  institutionId: string;
}

/** A device that publishes by WHIP, or a player that views by WHEP; it leads to one room. */
export interface StreamPrincipal {
  kind: 'stream';
  principalId: string;
  keyId: string;
  name: string;
  access: 'publish' | 'view';
  /** Of what it publishes. */
  pictureClass: 'clinical' | 'face';
  roomId: string;
  expiresAtMs: number;
}

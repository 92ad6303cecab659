import type { AccountRole, RoomRole } from '../signaling/contract/index.ts';

/**
 * Who stands behind a connection or a page request, after authentication. `principalId` is stable for the person or
 * box (`a_…`, `g_…`, `b_…`) and is the member id in every room.
 */
export type Principal = AccountPrincipal | GuestPrincipal | BoxPrincipal;

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

export interface BoxPrincipal {
  kind: 'box';
  principalId: string;
  boxId: string;
  name: string;
  institutionId: string;
}

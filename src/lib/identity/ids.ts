import { createHash, randomBytes } from 'node:crypto';

export const newId = (): string => randomBytes(12).toString('base64url');

/** 256 bits, for sessions, invitations and boxes. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What the database keeps of a secret. The secrets are long and random, so a plain hash is enough. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

export const accountPrincipalId = (accountId: string): string => `a_${accountId}`;
export const guestPrincipalId = (invitationId: string): string => `g_${invitationId}`;
export const patientPrincipalId = (patientId: string): string => `p_${patientId}`;
export const boxPrincipalId = (boxId: string): string => `b_${boxId}`;
/** As `isStreamMember` of the contract knows it. */
export const streamPrincipalId = (keyId: string): string => `w_${keyId}`;

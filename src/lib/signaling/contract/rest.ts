import { z } from 'zod';
import { boxIdSchema, displayNameSchema } from './ids.ts';

/** Bodies of the JSON requests under /api. Refusals answer `{error: {code, message}}` with a fitting status. */

/** A body may be this long. Ours: the largest honest one is below 1 kB. */
export const MAX_REST_BYTES = 8 * 1024;

export const usernameSchema = z
  .string()
  .max(64)
  .transform((name) => name.trim().toLowerCase())
  .refine((name) => /^[a-z0-9][a-z0-9._-]{1,31}$/.test(name), { error: 'not a user name' });
/** As it was chosen; nothing is trimmed. */
export const passwordSchema = z.string().min(1).max(256);
/** NIST SP 800-63B: long rather than intricate. */
export const newPasswordSchema = z.string().min(10).max(256);

/** POST /api/session */
export const loginSchema = z.strictObject({ username: usernameSchema, password: passwordSchema });

/** DELETE /api/session */
export const logoutSchema = z.strictObject({ everywhere: z.boolean().default(false) });

/** POST /api/invitation (look at it) and POST /api/invitation/redeem. The token stays out of addresses that are logged. */
export const invitationTokenSchema = z.strictObject({ token: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

/** POST /api/box/enrol → `{boxId, name}` */
export const boxEnrolSchema = z.strictObject({
  /** Ten characters, with or without the dash. */
  code: z.string().min(10).max(24),
  /** Ed25519 SubjectPublicKeyInfo (44 bytes of DER) in base64url. */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{59}$/),
  /** What the box calls itself; the hub calls it what the code was made for. */
  name: displayNameSchema.optional(),
});

/** POST /api/box/token → `{token, expiresAt}` (ms since 1970) */
export const boxTokenProofSchema = z.strictObject({
  boxId: boxIdSchema,
  timestampMs: z.int().min(0),
  nonce: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
  /** Ed25519 over `boxTokenChallenge`, in base64url. */
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});
export type BoxTokenProof = z.infer<typeof boxTokenProofSchema>;

/** What a box signs to ask for a token. */
export function boxTokenChallenge(proof: Pick<BoxTokenProof, 'boxId' | 'timestampMs' | 'nonce'>): string {
  return `rui-box-token:v1:${proof.boxId}:${proof.timestampMs}:${proof.nonce}`;
}

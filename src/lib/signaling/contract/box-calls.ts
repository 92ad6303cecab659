import { z } from 'zod';
import { displayNameSchema, roomIdSchema, textSchema } from './ids.ts';

/** Made by the box, so that a call sent again after a lost acknowledgement is one call. */
export const callIdSchema = z.uuid();

export const BOX_CALL_STATES = ['open', 'answered', 'cancelled', 'declined', 'expired'] as const;

/** Somebody beside a box asks for help; as the box hears of it. */
export const boxCallSchema = z.object({
  callId: callIdSchema,
  state: z.enum(BOX_CALL_STATES),
  /** Who answered or declined. */
  by: displayNameSchema.nullable(),
  roomId: roomIdSchema.nullable(),
  expiresAtMs: z.number(),
});
export type BoxCall = z.infer<typeof boxCallSchema>;

export const callReasonSchema = textSchema(200);

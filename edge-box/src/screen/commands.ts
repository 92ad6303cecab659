import { z } from 'zod';
import {
  CONFIRMED_SIDES,
  patientStripSchema,
  slotSchema,
} from '../../../src/lib/signaling/contract/index.ts';
import type { KeepFailure } from '../../../src/lib/signaling/contract/index.ts';

/** What the page's buttons ask for. */
export const commandSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['call', 'cancel-call', 'self-test']) }),
  z.strictObject({ type: z.enum(['privacy', 'mute']), on: z.boolean() }),
  z.strictObject({ type: z.literal('keep-picture'), slot: slotSchema }),
  z.strictObject({
    type: z.literal('confirm-patient'),
    patient: patientStripSchema.pick({ maskedName: true, maskedId: true }).strict(),
    laterality: z.enum(CONFIRMED_SIDES),
  }),
]);
export type Command = z.infer<typeof commandSchema>;

/** What the page is told of a command that was done. */
export interface CommandAnswer {
  /** So many records wait for the hub. */
  waiting?: number;
}

/** Why a button did not do it, for the page to put in words. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
  readonly code: 'offline' | 'no-room' | 'other-patient' | 'failed' | `keep-${KeepFailure}`;

  constructor(code: CommandRefused['code'], options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

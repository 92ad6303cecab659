import { z } from 'zod';

/**
 * Why a box kept no picture for the record. `no-room`: it serves none, and the picture would belong to nobody; `frozen`: nobody is sure who the
 * patient is; `privacy`: people beside the box have closed the pictures; `no-feed`: it has no such clinical picture; `no-picture`: none has come
 * yet; `old-picture`: none comes any more; `no-answer`: the device's process, or the box, does not answer; `full`: its outbox takes nothing more;
 * `off`: it keeps nothing at all.
 */
export const KEEP_FAILURES = [
  'no-room',
  'frozen',
  'privacy',
  'no-feed',
  'no-picture',
  'old-picture',
  'too-large',
  'no-answer',
  'full',
  'off',
  'failed',
] as const;
export type KeepFailure = (typeof KEEP_FAILURES)[number];

/** `kept`: it is safe at the box, and comes into the room's record as soon as the link lets it. */
export const keepOutcomeSchema = z.enum(['kept', ...KEEP_FAILURES]);
export type KeepOutcome = z.infer<typeof keepOutcomeSchema>;

import { z } from 'zod';
import { slotSchema } from './ids.ts';

/** What a box found when it looked at itself before an exam. */
export const CHECK_STATUSES = ['ok', 'warn', 'fail'] as const;

export const SELF_TEST_FINDINGS = [
  'ok',
  'device-missing',
  'device-refused',
  'device-silent',
  'no-picture',
  'rate-low',
  'picture-black',
  'picture-frozen',
  'sound-missing',
  'sound-quiet',
  'vitals-absent',
  'vitals-refused',
  'vitals-no-value',
  'disk-low',
  'disk-full',
  'clock-unknown',
  'clock-off',
  'hub-away',
  'uplink-thin',
] as const;

export const selfTestCheckSchema = z.strictObject({
  /** What was looked at: a feed's slot, a vitals source, or a part of the box. */
  subject: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('video'), slot: slotSchema, label: z.string().max(64) }),
    z.strictObject({ kind: z.literal('sound'), slot: slotSchema, label: z.string().max(64) }),
    z.strictObject({ kind: z.literal('vitals'), sourceId: z.string().regex(/^[a-z0-9-]{1,32}$/) }),
    z.strictObject({ kind: z.enum(['disk', 'clock', 'hub', 'uplink']) }),
  ]),
  status: z.enum(CHECK_STATUSES),
  finding: z.enum(SELF_TEST_FINDINGS),
  /** What to do, for the person beside the box. */
  words: z.strictObject({ zh: z.string().max(200), en: z.string().max(200) }),
});
export type SelfTestCheck = z.infer<typeof selfTestCheckSchema>;

export const selfTestResultSchema = z.strictObject({
  startedAtMs: z.number(),
  tookMs: z.number().min(0).max(60_000),
  /** The worst of all. */
  status: z.enum(CHECK_STATUSES),
  checks: z.array(selfTestCheckSchema).max(32),
});
export type SelfTestResult = z.infer<typeof selfTestResultSchema>;

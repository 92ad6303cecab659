import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { boxFeedsSchema } from '../../src/lib/signaling/contract/index.ts';
import type { EngineConfig } from './engine/engine.ts';
import { ENGINE_NAMES } from './engine/engine.ts';
import { isUpdateKey } from './fleet/package-check.ts';

/** Two pictures, sound and an ECG, all made up: what a box shows before devices are attached. */
const DEMO_FEEDS: EngineConfig = {
  video: [
    {
      slot: 'probe',
      streamClass: 'clinical',
      label: '超声 Ultrasound',
      source: { kind: 'sector-scan', width: 1280, height: 720, framesPerSecond: 30 },
      minBitrateKbps: 500,
      maxBitrateKbps: 4_000,
    },
    {
      slot: 'room',
      streamClass: 'face',
      label: '诊室 Room',
      source: { kind: 'room-camera', width: 640, height: 360, framesPerSecond: 30 },
      minBitrateKbps: 150,
      maxBitrateKbps: 800,
    },
  ],
  audio: { slot: 'sound', label: '多普勒 Doppler', bitrateKbps: 48 },
  vitalsSlot: 'vitals',
};

const settingsSchema = z.object({
  HUB_URL: z.url({ protocol: /^https?$/ }).describe('Where the hub is.'),
  BOX_DATA_DIR: z
    .string()
    .min(1)
    .default(path.join(os.homedir(), '.rui-box'))
    .describe("The box's key and enrolment; must be kept over restarts."),
  BOX_NAME: z.string().trim().min(1).max(64).default(os.hostname()).describe('Name for people.'),
  ENROL_CODE: z.string().trim().min(4).max(128).optional().describe('One-time code; needed once.'),
  HUB_SILENCE_S: z.coerce
    .number()
    .int()
    .min(3)
    .max(600)
    .default(30)
    .describe('After a new configuration: how long the hub may be silent before the box takes it back.'),
  UPDATE_PUBLIC_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]{59}$/)
    .refine(isUpdateKey, { error: 'not an Ed25519 public key' })
    .optional()
    .describe(
      'Whose packages this box installs: Ed25519 public key, base64url. Unset: no updates by the hub.',
    ),
  BOX_ENGINE: z
    .enum(ENGINE_NAMES)
    .default('native')
    .describe('What streams: our own engine (H.264), or libwebrtc (VP8).'),
  BOX_INTERFACES: z
    .string()
    .max(200)
    .default('')
    .transform((names) => names.split(',').filter((name) => name !== ''))
    .pipe(z.array(z.string().max(15)).max(8))
    .describe('Network interfaces to send by, most wanted first, e.g. `wwan0,wwan1`. Empty: all there are.'),
  BOX_OUTBOX: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Keep what is measured until the hub has it. Off: what the room does not hear is gone.'),
  BOX_OUTBOX_LIMIT_MB: z.coerce
    .number()
    .int()
    .min(16)
    .max(1_000_000)
    .default(4096)
    .describe('How much may wait. Near it new vitals are refused first, then captures; nothing is deleted.'),
  BOX_OUTBOX_MIN_FREE_MB: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(512)
    .describe('So much of the disk stays free of it.'),
  BOX_SCREEN_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(7790)
    .describe("Where the page of the box's own display is, on loopback only. 0: none."),
  FEEDS: z
    .string()
    .max(16_384)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(boxFeedsSchema)
    .default(DEMO_FEEDS)
    .describe('What to stream, as JSON; see README. Default: the demo feeds.'),
});

export type BoxSettings = z.infer<typeof settingsSchema>;

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** @throws {SettingsError} naming each wrong setting and why, never its value. */
export function readSettings(environment: NodeJS.ProcessEnv): BoxSettings {
  // An empty variable is an unset one.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SettingsError(`Wrong settings of the box:\n  ${problems.join('\n  ')}`);
}

import { z } from 'zod';
import { boxConfigSchema } from './box-config.ts';
import { slotSchema } from './ids.ts';

/** How a box is, and what the hub wants of it: `box.report` and its answer. */

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const percent = z.number().min(0).max(100);
const kbps = z.number().min(0).max(10_000_000);
const shortText = z.string().max(200);

export const versionSchema = z.string().regex(/^[0-9A-Za-z.+-]{1,32}$/);
/** Releases that can be compared: three numbers. */
export const releaseVersionSchema = z.string().regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/);

/** Of two releases `major.minor.patch`: below zero when the first is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Troubles that the box itself names; the hub adds those that it sees. */
export const BOX_PROBLEMS = ['feed_restarting', 'outbox_losing', 'device_missing'] as const;

export const boxReportSchema = z.strictObject({
  appVersion: versionSchema,
  uptimeS: count,
  cpuPercent: percent,
  memoryPercent: percent,
  diskPercent: percent,
  /** The hottest zone; null where the machine has no sensor. */
  temperatureC: z.number().min(-60).max(200).nullable(),
  /** Box time minus hub time; null until it is known. */
  clockOffsetMs: z.number().min(-1e13).max(1e13).nullable(),
  serving: z.boolean(),
  feeds: z
    .array(
      z.strictObject({
        slot: slotSchema,
        framesPerSecond: z.number().min(0).max(1000),
        targetKbps: kbps,
        restarts: count,
      }),
    )
    .max(16),
  link: z.strictObject({
    state: z.enum(['idle', 'connecting', 'connected', 'lost']),
    estimateKbps: kbps.nullable(),
    rttMs: z.number().min(0).max(600_000).nullable(),
    lossPercent: percent.nullable(),
    /** Which network carries it, e.g. `wwan0`. */
    path: z.string().max(64).nullable(),
  }),
  modem: z
    .strictObject({
      operator: z.string().max(64).nullable(),
      technology: z.string().max(32).nullable(),
      signalPercent: percent.nullable(),
      state: z.string().max(32),
    })
    .nullable(),
  outbox: z.strictObject({ waiting: count, oldestAgeS: count.nullable(), lost: count }).nullable(),
  config: z.strictObject({
    /** The version that runs; 0 is the box's own settings. */
    version: count,
    /** Running, but not yet proven good. */
    trial: z.boolean(),
    /** The last version that was tried and given up. */
    failed: z
      .strictObject({
        version: count,
        outcome: z.enum(['refused', 'rolled_back']),
        reason: shortText,
      })
      .nullable(),
    /** The box's own settings, while it runs by them: what the first configuration starts from. */
    own: boxConfigSchema.nullable(),
  }),
  update: z
    .strictObject({
      version: versionSchema,
      state: z.enum(['waiting', 'downloading', 'installed', 'refused', 'rolled_back']),
      reason: shortText,
    })
    .nullable(),
  problems: z.array(z.enum(BOX_PROBLEMS)).max(BOX_PROBLEMS.length),
});
export type BoxReport = z.infer<typeof boxReportSchema>;

/** A package's manifest and its signature travel as they were signed, so that nothing has to be written anew to check. */
export const signedManifestSchema = z.strictObject({
  /** base64url of the manifest's JSON: what is signed. */
  payload: z.string().regex(/^[A-Za-z0-9_-]{1,4096}$/),
  /** Ed25519 over the payload's bytes. */
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});
export type SignedManifest = z.infer<typeof signedManifestSchema>;

/** The largest package: an app with its node_modules and FFmpeg is about a tenth. */
export const MAX_PACKAGE_BYTES = 1024 * 1024 * 1024;

export const packageManifestSchema = z.strictObject({
  version: releaseVersionSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int().min(1).max(MAX_PACKAGE_BYTES),
  channel: z.enum(['stable', 'beta']),
  /** Boxes older than this must take a step between. */
  minVersion: releaseVersionSchema,
  /** A package that nobody renewed is not installed for ever: an old one may have known holes. */
  expiresAtMs: z.int().min(0),
});
export type PackageManifest = z.infer<typeof packageManifestSchema>;

/** A log bundle may be this long. Ours: a day of a busy box is less. */
export const MAX_LOG_BYTES = 256 * 1024;

/** What the hub wants of a box that has reported; asked again with each report until it is done. */
export const boxWishesSchema = z.object({
  /** Only when another version is wanted than runs, and it has not failed there. */
  config: z.object({ version: z.int().min(1), document: boxConfigSchema }).nullable(),
  /** Send the recent log to POST /api/box/log/<id>. */
  logBundleId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{4,64}$/)
    .nullable(),
  update: signedManifestSchema.nullable(),
});
export type BoxWishes = z.infer<typeof boxWishesSchema>;

/** What is kept of the reports as a history, and how far back it can be looked at. */
export const HEALTH_SERIES = [
  'cpuPercent',
  'memoryPercent',
  'diskPercent',
  'temperatureC',
  'rttMs',
  'estimateKbps',
  'lossPercent',
  'outboxWaiting',
  'clockOffsetMs',
  'signalPercent',
] as const;
export type HealthSeries = (typeof HEALTH_SERIES)[number];

export const HEALTH_RANGES = ['hour', 'day', 'month'] as const;
export type HealthRange = (typeof HEALTH_RANGES)[number];

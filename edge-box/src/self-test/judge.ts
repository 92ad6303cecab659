import type { SelfTestCheck } from '../../../src/lib/signaling/contract/index.ts';
import type { SourceState } from '../devices/live-video.ts';
import type { FeedHealth } from '../media/child-protocol.ts';
import type { VitalsSourceStatus } from '../vitals/vitals-hub.ts';

/** From what was measured to a finding. Thresholds are ours. */
type Finding = SelfTestCheck['finding'];

/** What one look at a feed gave. */
export interface FeedFacts {
  source?: SourceState;
  health?: FeedHealth;
}

const LEAST_RATE_PART = 0.8;
/** Video black is 16; a covered lens makes a little noise above it. */
const BLACK_LUMA = 24;
const BLACK_RANGE = 24;
/** A quiet room at a working microphone is around −60 dB. */
const QUIET_DB = -75;
const LOW_DISK_BYTES = 2e9;
const FULL_DISK_BYTES = 2e8;
const CLOCK_OFF_MS = 5_000;

export function judgeVideo({ source, health }: FeedFacts, wantedFramesPerSecond: number): Finding {
  if (source === 'device-missing') return 'device-missing';
  if (source === 'refused') return 'device-refused';
  if (source === 'no-signal') return 'device-silent';
  if (health?.kind !== 'video') return 'no-picture';
  if (health.meanLuma < BLACK_LUMA && health.lumaRange < BLACK_RANGE) return 'picture-black';
  if (health.changedPart === 0) return 'picture-frozen';
  return health.framesPerSecond < wantedFramesPerSecond * LEAST_RATE_PART ? 'rate-low' : 'ok';
}

export function judgeSound({ source, health }: FeedFacts): Finding {
  if (source === 'device-missing') return 'device-missing';
  if (health?.kind !== 'audio') return 'sound-missing';
  return health.levelDb < QUIET_DB ? 'sound-quiet' : 'ok';
}

export function judgeVitals({ state, lastValueMs }: VitalsSourceStatus): Finding {
  if (state === 'refused') return 'vitals-refused';
  if (state === 'absent' || state === 'stopped') return 'vitals-absent';
  return lastValueMs === null ? 'vitals-no-value' : 'ok';
}

export function judgeDisk(freeBytes: number): Finding {
  if (freeBytes < FULL_DISK_BYTES) return 'disk-full';
  return freeBytes < LOW_DISK_BYTES ? 'disk-low' : 'ok';
}

export function judgeClock(offsetMs: number | null): Finding {
  if (offsetMs === null) return 'clock-unknown';
  return Math.abs(offsetMs) > CLOCK_OFF_MS ? 'clock-off' : 'ok';
}

export const judgeUplink = (estimateKbps: number, neededKbps: number): Finding =>
  estimateKbps < neededKbps ? 'uplink-thin' : 'ok';

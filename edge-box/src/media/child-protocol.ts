import type { ClockSettings } from '../clock.ts';
import type { VideoSourceConfig } from '../devices/video-source.ts';

/** What the box's main process and a feed's process say to each other (Node IPC, structured clone). Both ends are ours. */
export type FeedJob =
  { kind: 'video'; source: VideoSourceConfig; bitrateKbps: number } | { kind: 'audio'; bitrateKbps: number };

export type ToFeed =
  | { type: 'start'; job: FeedJob; clock: ClockSettings }
  | { type: 'bitrate'; kbps: number }
  | { type: 'keyFrame' }
  /** Hold: take no picture until told otherwise, because the network is behind. */
  | { type: 'hold'; on: boolean }
  | { type: 'clock'; hubOffsetMs: number };

export type FromFeed = { type: 'unit'; unit: EncodedUnit } | { type: 'failed'; reason: string };

/** One encoded picture (Annex B access unit) or one sound frame. */
export interface EncodedUnit {
  data: Uint8Array;
  isKeyFrame: boolean;
  captureHubMs: number;
  encodedHubMs: number;
}

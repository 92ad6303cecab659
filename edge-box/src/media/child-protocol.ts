import type { ClockSettings } from '../clock.ts';
import type { AudioSource } from '../devices/profile.ts';
import type { PictureHealth } from '../devices/picture-meter.ts';
import type { SoundHealth } from '../devices/sound-meter.ts';
import type { SourceState } from '../devices/live-video.ts';
import type { VideoSourceConfig } from '../devices/video-source.ts';
import type { FilmSegment } from './film.ts';
import type { StillAnswer } from './still-requests.ts';

/** What the box's main process and a feed's process say to each other (Node IPC, structured clone). Both ends are ours. */
export type FeedJob =
  | {
      kind: 'video';
      source: VideoSourceConfig;
      bitrateKbps: number;
      /** For each smaller size of the picture, smallest first; 0 for one that is not sent now. */
      lowerKbps?: readonly number[];
    }
  | { kind: 'audio'; source?: AudioSource; bitrateKbps: number };

export type ToFeed =
  | { type: 'start'; job: FeedJob; clock: ClockSettings }
  | { type: 'bitrate'; kbps: number; lowerKbps?: readonly number[] }
  /** Of one size of the picture, or of all. */
  | { type: 'keyFrame'; layer?: number }
  /** Hold: take no picture until told otherwise, because the network is behind. */
  | { type: 'hold'; on: boolean }
  /** Film what the device gives, held or not, at this rate and in pieces; null: no longer. */
  | { type: 'film'; kbps: number | null }
  /** Answer the newest picture, as the device gave it; held or not. */
  | { type: 'still'; id: number }
  | { type: 'clock'; hubOffsetMs: number };

export type FromFeed =
  | { type: 'unit'; unit: EncodedUnit }
  /** How the device does; told when it changes. */
  | { type: 'source'; state: SourceState }
  /** What pictures or sound of the last second look and sound like. */
  | { type: 'health'; health: FeedHealth }
  | StillAnswer
  | { type: 'filmed'; segment: FilmSegment }
  | { type: 'failed'; reason: string };

export type FeedHealth = ({ kind: 'video' } & PictureHealth) | ({ kind: 'audio' } & SoundHealth);

/** One encoded picture (Annex B access unit) or one sound frame. */
export interface EncodedUnit {
  data: Uint8Array;
  /** Size of the picture: 0 is the smallest one. Sound has only this. */
  layer: number;
  isKeyFrame: boolean;
  captureHubMs: number;
  encodedHubMs: number;
}

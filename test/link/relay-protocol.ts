import type { ClockSettings } from '../../edge-box/src/clock.ts';
import type { LinkState } from './link-state.ts';

/** Between a bench and the process of its relay. */
export type ToRelay =
  | { type: 'start'; seed: number; clock: ClockSettings; link: LinkState }
  | { type: 'open'; hubPort: number }
  | { type: 'link'; link: LinkState }
  | { type: 'rebind' }
  | { type: 'move'; delayMs: number };

export type FromRelay =
  { type: 'opened'; hubPort: number; port: number } | { type: 'samples'; samples: LinkSample[] };

export const SAMPLE_MS = 20;

/** What the publisher sent in `SAMPLE_MS` from `atMs` on: UDP payloads, whatever became of them. */
export interface LinkSample {
  atMs: number;
  bytes: number;
  packets: number;
  lost: number;
  dropped: number;
  /** Before the bottleneck, at the sample's end. */
  queueMs: number;
  /** How late the relay itself was at worst: much of it, and the machine was too busy to measure anything. */
  lateMs: number;
}

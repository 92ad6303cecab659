import type { BoxClock } from '../../../edge-box/src/clock.ts';
import type { EngineConfig, MediaSignals } from '../../../edge-box/src/engine/engine.ts';
import type { BareHub } from '../../../edge-box/src/engine/testing/bare-hub.ts';

/** Sends the same moving picture with its capture clock burnt in: 720p30, at most 2.5 Mbit/s. */
export interface Publisher {
  /** Resolves when the hub has its producer. */
  start(): Promise<void>;
  /** When the engine was told to publish, its process being up already; null when that is not known. */
  readonly publishedAtMs: number | null;
  /** What it believes the uplink carries; null when it does not say. */
  readonly estimateKbps: number | null;
  stop(): Promise<void>;
}

export interface PublisherPlace {
  clock: BoxClock;
  hub: BareHub;
  /** Leads through the bad link. */
  signals: MediaSignals;
  /** Another way to start the engine's process than this Node.js: inside a network namespace. */
  execPath?: string;
  /** What one of the box's engines sends; the same moving picture alone when not said. */
  config?: EngineConfig;
}

export const SLOT = 'probe';
export const PICTURE = { width: 1280, height: 720, framesPerSecond: 30 } as const;
export const MAX_KBPS = 2_500;

export const PROBE: EngineConfig = {
  video: [
    {
      slot: SLOT,
      streamClass: 'clinical',
      label: '',
      source: { kind: 'sector-scan', ...PICTURE },
      minBitrateKbps: 100,
      maxBitrateKbps: MAX_KBPS,
    },
  ],
  audio: null,
  vitalsSlot: null,
};

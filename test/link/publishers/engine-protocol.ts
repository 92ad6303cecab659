import type { ClockSettings } from '../../../edge-box/src/clock.ts';
import type {
  EngineConfig,
  EngineStats,
  MediaSignals,
  RouterRtpCapabilities,
} from '../../../edge-box/src/engine/engine.ts';

export type EngineName = 'native' | 'libwebrtc';

/** Between a bench and the process in which a box's engine runs, as it does in the box. */
export type ToEngine =
  | {
      type: 'start';
      engine: EngineName;
      config: EngineConfig;
      clock: ClockSettings;
      routerRtpCapabilities: RouterRtpCapabilities | undefined;
    }
  | { type: 'answer'; id: number; result?: unknown; error?: string }
  | { type: 'stop' };

export type FromEngine =
  | { type: 'call'; id: number; method: SignalMethod; values: unknown[] }
  | { type: 'connecting'; atMs: number }
  | { type: 'connected' }
  | { type: 'failed'; reason: string }
  | { type: 'stats'; stats: EngineStats };

export type SignalMethod = Exclude<keyof MediaSignals, 'routerRtpCapabilities'>;

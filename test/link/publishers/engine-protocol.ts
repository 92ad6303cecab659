import type { ClockSettings } from '../../../edge-box/src/clock.ts';
import type {
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
      /** Sound beside the pictures. */
      sound: boolean;
      clock: ClockSettings;
      routerRtpCapabilities: RouterRtpCapabilities | undefined;
    }
  | { type: 'answer'; id: number; result?: unknown; error?: string }
  | { type: 'stop' };

export type FromEngine =
  | { type: 'call'; id: number; method: SignalMethod; values: unknown[] }
  | { type: 'connected' }
  | { type: 'failed'; reason: string }
  | { type: 'stats'; stats: EngineStats };

export type SignalMethod = Exclude<keyof MediaSignals, 'routerRtpCapabilities'>;

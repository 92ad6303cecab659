import type { types } from 'mediasoup-client';
import type { ClockSettings } from '../../clock.ts';
import type { StillAnswer } from '../../media/still-requests.ts';
import type { DeviceStats, EngineConfig, EngineStats, MediaSignals } from '../engine.ts';

/** What the box's main process and the engine's own process say to each other (Node IPC, structured clone). Both ends are ours. */
export type ToEngine =
  | { type: 'start'; config: EngineConfig; clock: ClockSettings }
  /** Open a connection; a former one is dropped once this one is up. */
  | { type: 'connect'; connection: number; routerRtpCapabilities: types.RtpCapabilities }
  | { type: 'answer'; call: number; value: unknown }
  | { type: 'refusal'; call: number; reason: string }
  | { type: 'keyFrame'; slot: string }
  | { type: 'paused'; slots: string[] }
  | { type: 'vitals'; message: Uint8Array }
  | { type: 'still'; id: number; slot: string }
  | { type: 'clock'; hubOffsetMs: number };

export type FromEngine =
  | { type: 'connected'; connection: number }
  | { type: 'notConnected'; connection: number; reason: string }
  | { type: 'lost'; connection: number; reason: string }
  | { type: 'feedDown'; slot: string; reason: string }
  | SignalCall
  | StillAnswer
  | { type: 'report'; report: EngineReport }
  /** The last word of a process that ends. */
  | { type: 'failed'; reason: string };

/** The methods of `MediaSignals` that the engine's process calls through its parent. */
export type SignalMethod = 'createTransport' | 'connectTransport' | 'produce' | 'produceData';

export type SignalCall = {
  [M in SignalMethod]: {
    type: 'call';
    call: number;
    connection: number;
    method: M;
    args: Parameters<MediaSignals[M]>;
  };
}[SignalMethod];

/** Told several times a second: figures, and at the same time the sign that the process still lives. */
export interface EngineReport {
  stats: Pick<
    EngineStats,
    'estimateKbps' | 'rttMs' | 'pacerQueueMs' | 'feedbackAgeMs' | 'video' | 'audioPackets'
  >;
  devices: DeviceStats[];
  vitalsOpen: boolean;
  vitalsBufferedBytes: number;
}

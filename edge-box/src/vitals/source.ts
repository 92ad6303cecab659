import type { VitalsQuality } from '../../../src/lib/vitals/frame.ts';
import type { MetricName } from '../../../src/lib/vitals/metrics.ts';

/** One reading, or one block of a wave, as a source measured it. */
export interface Measurement {
  metric: MetricName;
  /** Box time of the first sample. */
  startMs: number;
  /** 0 for a single reading. */
  sampleRateHz: number;
  /** In the metric's unit; NaN where there is no value. */
  values: readonly number[];
  quality: VitalsQuality;
  /** Not measured on a patient. */
  simulated: boolean;
}

/**
 * `absent`: the device, the bus or the broker is not there; tried again. `refused`: it is there and says no, which a person must mend.
 * `silent`: connected, and nothing comes.
 */
export type VitalsSourceState = 'stopped' | 'connecting' | 'ok' | 'silent' | 'absent' | 'refused';

/** Why something that came was not used; counted, and named in the box's health. */
export type Rejection = 'garbage' | 'unknown-message' | 'out-of-range' | 'duplicate' | 'too-long';

export interface VitalsSink {
  measured(measurement: Measurement): void;
  rejected(reason: Rejection): void;
  /** The source's own numbers show that messages were lost on their way. */
  lost(messages: number): void;
}

/**
 * Something that measures a patient. It connects, and connects again, by itself; what goes wrong is its state and never an
 * exception to whoever started it.
 */
export interface VitalsSource {
  readonly id: string;
  readonly kind: string;
  readonly state: VitalsSourceState;
  /** What a technician should know about the state, e.g. `bluetooth-absent`; never secrets, never values. */
  readonly detail: string;
  start(sink: VitalsSink): void;
  stop(): Promise<void>;
}

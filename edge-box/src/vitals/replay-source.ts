import type { BoxClock } from '../clock.ts';
import type { EcgRecord } from './ecg-record.ts';
import { HeartRate } from './heart-rate.ts';
import type { Measurement, VitalsSink, VitalsSource, VitalsSourceState } from './source.ts';

const BLOCK_MS = 100;
const BLOCKS_PER_READING = 10;
/** After a longer pause of this process, go on from now instead of sending the past in a burst. */
const MAX_BEHIND_MS = 5_000;

/**
 * Plays a recorded ECG as if it were measured now, with the heart rate computed from it and a made-up SpO2 once a second. All
 * of it is marked simulated: nothing here comes from the patient in the room.
 */
export class ReplaySource implements VitalsSource {
  readonly id: string;
  readonly kind = 'replay';
  readonly detail = '';
  readonly #record: EcgRecord;
  readonly #clock: BoxClock;
  readonly #heartRate: HeartRate;
  readonly #blockSamples: number;
  #sink: VitalsSink | undefined;
  #position = 0;
  #blocks = 0;
  #nextMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(id: string, record: EcgRecord, clock: BoxClock) {
    this.id = id;
    this.#record = record;
    this.#clock = clock;
    this.#heartRate = new HeartRate(record.sampleRateHz);
    this.#blockSamples = Math.round((record.sampleRateHz * BLOCK_MS) / 1000);
  }

  get state(): VitalsSourceState {
    return this.#timer ? 'ok' : 'stopped';
  }

  start(sink: VitalsSink): void {
    if (this.#timer) return;
    this.#sink = sink;
    this.#nextMs = this.#clock.nowMs();
    this.#timer = setInterval(() => this.#tick(), BLOCK_MS / 4);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#nextMs > MAX_BEHIND_MS) this.#nextMs = nowMs - BLOCK_MS;
    // A block goes out once its last sample has been "measured".
    while (this.#nextMs + BLOCK_MS <= nowMs) {
      this.#playBlock(this.#nextMs);
      this.#nextMs += BLOCK_MS;
    }
  }

  #playBlock(startMs: number): void {
    const { samples: record, sampleRateHz, scale, leads } = this.#record;
    const values: number[] = [];
    for (let i = 0; i < this.#blockSamples; i++) {
      const sample = record[this.#position] ?? 0;
      this.#position = (this.#position + 1) % record.length;
      values.push(sample * scale);
      this.#heartRate.push(sample);
    }
    for (const { metric, factor } of leads) {
      const ofLead = factor === 1 ? values : values.map((value) => value * factor);
      this.#measured({ metric, startMs, sampleRateHz, values: ofLead });
    }
    if (this.#blocks++ % BLOCKS_PER_READING !== 0) return;
    const endMs = startMs + BLOCK_MS;
    const { bpm } = this.#heartRate;
    if (bpm !== null)
      this.#measured({ metric: 'heart-rate', startMs: endMs, sampleRateHz: 0, values: [bpm] });
    const spo2 = 97 + Math.sin(endMs / 20_000);
    this.#measured({ metric: 'spo2', startMs: endMs, sampleRateHz: 0, values: [spo2] });
  }

  #measured(measurement: Omit<Measurement, 'quality' | 'simulated'>): void {
    this.#sink?.measured({ ...measurement, quality: 'ok', simulated: true });
  }
}

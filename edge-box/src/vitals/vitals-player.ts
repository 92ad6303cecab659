import { MDC, MDC_UNIT, encodeVitalsFrame } from '../../../src/lib/vitals/frame.ts';
import type { BoxClock } from '../clock.ts';
import type { EcgRecord } from './ecg-record.ts';
import { HeartRate } from './heart-rate.ts';

const BLOCK_MS = 100;
const BLOCKS_PER_READING = 10;
/** After a longer pause of this process, go on from now instead of sending the past in a burst. */
const MAX_BEHIND_MS = 5_000;

/**
 * Plays a recorded ECG as if it were measured now, with the heart rate computed from it and a made-up SpO2 once a second. All
 * of it is marked simulated: nothing here comes from the patient in the room.
 */
export class VitalsPlayer {
  readonly #record: EcgRecord;
  readonly #clock: BoxClock;
  readonly #send: (message: Uint8Array) => void;
  readonly #heartRate: HeartRate;
  readonly #blockSamples: number;
  readonly #sequences = new Map<number, number>();
  #position = 0;
  #blocks = 0;
  #nextMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(record: EcgRecord, clock: BoxClock, send: (message: Uint8Array) => void) {
    this.#record = record;
    this.#clock = clock;
    this.#send = send;
    this.#heartRate = new HeartRate(record.sampleRateHz);
    this.#blockSamples = Math.round((record.sampleRateHz * BLOCK_MS) / 1000);
  }

  start(): void {
    if (this.#timer) return;
    this.#nextMs = this.#clock.nowMs();
    this.#timer = setInterval(() => this.#tick(), BLOCK_MS / 4);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#nextMs > MAX_BEHIND_MS) this.#nextMs = nowMs - BLOCK_MS;
    // A block goes out once its last sample has been "measured".
    while (this.#nextMs + BLOCK_MS <= nowMs) {
      this.#sendBlock(this.#nextMs + this.#clock.hubOffsetMs);
      this.#nextMs += BLOCK_MS;
    }
  }

  #sendBlock(startHubMs: number): void {
    const { samples: record, sampleRateHz, scale } = this.#record;
    const samples = new Int16Array(this.#blockSamples);
    for (let i = 0; i < samples.length; i++) {
      const sample = record[this.#position] ?? 0;
      this.#position = (this.#position + 1) % record.length;
      samples[i] = sample;
      this.#heartRate.push(sample);
    }
    this.#emit(MDC.ecgLeadII, MDC_UNIT.millivolt, startHubMs, sampleRateHz, scale, samples);
    if (this.#blocks++ % BLOCKS_PER_READING !== 0) return;
    const endHubMs = startHubMs + BLOCK_MS;
    const { bpm } = this.#heartRate;
    if (bpm !== null) {
      this.#emit(
        MDC.heartRate,
        MDC_UNIT.beatsPerMinute,
        endHubMs,
        0,
        0.1,
        Int16Array.of(Math.round(bpm * 10)),
      );
    }
    const spo2 = 97 + Math.sin(endHubMs / 20_000);
    this.#emit(MDC.spo2, MDC_UNIT.percent, endHubMs, 0, 0.1, Int16Array.of(Math.round(spo2 * 10)));
  }

  #emit(
    code: number,
    unit: number,
    startHubMs: number,
    sampleRateHz: number,
    scale: number,
    samples: Int16Array,
  ): void {
    const sequence = this.#sequences.get(code) ?? 0;
    this.#sequences.set(code, (sequence + 1) >>> 0);
    const frame = {
      code,
      unit,
      startHubMs,
      sampleRateHz,
      scale,
      offset: 0,
      simulated: true,
      sequence,
      samples,
    };
    this.#send(encodeVitalsFrame(frame));
  }
}

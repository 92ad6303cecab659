import { METRICS } from '../../../src/lib/vitals/metrics.ts';
import type { MetricName } from '../../../src/lib/vitals/metrics.ts';
import type { BoxClock } from '../clock.ts';
import { MAX_MESSAGE_BYTES, vitalsMessageSchema } from './messages.ts';
import type { VitalsMessage } from './messages.ts';
import type { Measurement, Rejection, VitalsSink } from './source.ts';

/** Numbers this close behind the newest are doubled or late messages; anything else is a sender that started again. */
const REORDER_WINDOW = 64;
/** More missing numbers than this are no loss but a sender that started again. */
const MAX_GAP = 10_000;
const SEQUENCE_MODULUS = 2 ** 32;
/** A sender may hand in what it kept while it was out of reach; not last week. */
const MAX_AGE_MS = 24 * 3_600_000;

/** Turns the JSON messages of one sender into measurements in box time. Whatever is wrong with a message costs that message. */
export class MessageIntake {
  readonly #clock: BoxClock;
  #newest: number | undefined;
  readonly #recent = new Set<number>();

  constructor(clock: BoxClock) {
    this.#clock = clock;
  }

  /** Takes one message; null when it was used or is a known one, else why not. */
  accept(text: string | Uint8Array, sink: VitalsSink): Rejection | null {
    const arrivedMs = this.#clock.nowMs();
    const parsed = parse(text);
    if (typeof parsed === 'string') {
      sink.rejected(parsed);
      return parsed;
    }
    if (this.#isDuplicate(parsed.seq, sink)) {
      sink.rejected('duplicate');
      return null;
    }
    for (const measurement of measurementsOf(parsed, arrivedMs - parsed.sentAtMs)) {
      const isNear =
        measurement.startMs <= arrivedMs + 1_000 && measurement.startMs >= arrivedMs - MAX_AGE_MS;
      if (isNear) sink.measured(measurement);
      else sink.rejected('out-of-range');
    }
    return null;
  }

  #isDuplicate(seq: number, sink: VitalsSink): boolean {
    if (this.#recent.has(seq)) return true;
    if (this.#newest !== undefined) {
      const ahead = (seq - this.#newest + SEQUENCE_MODULUS) % SEQUENCE_MODULUS;
      if (ahead > MAX_GAP) {
        const behind = SEQUENCE_MODULUS - ahead;
        // Late, not doubled: it was counted as lost, and cannot be uncounted.
        if (behind > REORDER_WINDOW) this.#recent.clear();
        else return this.#remember(seq);
      } else if (ahead > 1) sink.lost(ahead - 1);
    }
    this.#newest = seq;
    return this.#remember(seq);
  }

  #remember(seq: number): false {
    this.#recent.add(seq);
    for (const oldest of this.#recent) {
      if (this.#recent.size <= REORDER_WINDOW) break;
      this.#recent.delete(oldest);
    }
    return false;
  }
}

function parse(text: string | Uint8Array): VitalsMessage | Rejection {
  if (text.length > MAX_MESSAGE_BYTES) return 'too-long';
  let json: unknown;
  try {
    json = JSON.parse(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'));
  } catch {
    return 'garbage';
  }
  const parsed = vitalsMessageSchema.safeParse(json);
  return parsed.success ? parsed.data : 'unknown-message';
}

function* measurementsOf(message: VitalsMessage, offsetMs: number): Generator<Measurement> {
  const { simulated } = message;
  for (const { metric, atMs, value, quality } of message.readings) {
    yield checked({
      metric,
      startMs: atMs + offsetMs,
      sampleRateHz: 0,
      values: [value ?? NaN],
      quality,
      simulated,
    });
  }
  for (const { metric, atMs, rateHz, values, quality } of message.waves) {
    const numbers = values.map((value) => value ?? NaN);
    yield checked({
      metric,
      startMs: atMs + offsetMs,
      sampleRateHz: rateHz,
      values: numbers,
      quality,
      simulated,
    });
  }
}

/** What cannot be true of a patient is no value: the number goes, the fault stays visible as its quality. */
export function checked(measurement: Measurement): Measurement {
  const [least, most] = METRICS[measurement.metric satisfies MetricName].plausible;
  const isWrong = (value: number): boolean => value < least || value > most;
  if (!measurement.values.some(isWrong)) return measurement;
  return {
    ...measurement,
    values: measurement.values.map((value) => (isWrong(value) ? NaN : value)),
    quality: 'out-of-range',
  };
}

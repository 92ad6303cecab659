import { VITALS_MAX_SAMPLES, VITALS_NO_VALUE, encodeVitalsFrame } from '../../../src/lib/vitals/frame.ts';
import { METRICS, metricOf } from '../../../src/lib/vitals/metrics.ts';
import type { MetricName } from '../../../src/lib/vitals/metrics.ts';
import type { BoxClock } from '../clock.ts';
import type { Measurement, Rejection, VitalsSource, VitalsSourceState } from './source.ts';

export interface VitalsHubParts {
  /** In the order of their rank. */
  sources: VitalsSource[];
  clock: BoxClock;
  /** To the room, now; what cannot be sent is not sent later. */
  send(message: Uint8Array): void;
  /** To the outbox, whether or not the room hears it. */
  record?(message: Uint8Array): void;
}

export interface VitalsSourceStatus {
  id: string;
  kind: string;
  state: VitalsSourceState;
  detail: string;
  measurements: number;
  /** Messages that the source's own numbers show to be lost. */
  lost: number;
  rejected: Partial<Record<Rejection, number>>;
  /** Box time of the last measurement with a value. */
  lastValueMs: number | null;
}

interface Shown {
  source: string;
  /** Box time until which the metric is fresh. */
  freshUntilMs: number;
  hasValue: boolean;
  simulated: boolean;
}

const STALE_CHECK_MS = 250;

/**
 * Merges the vitals of all sources into one series per metric. A metric belongs to the highest source that measures it; another one takes
 * over when that one has gone stale. A reading that is not renewed is withdrawn, so that nobody acts on an old number.
 */
export class VitalsHub {
  readonly #parts: VitalsHubParts;
  readonly #shown = new Map<MetricName, Shown>();
  readonly #sequences = new Map<MetricName, number>();
  readonly #status = new Map<string, VitalsSourceStatus>();
  #timer: NodeJS.Timeout | undefined;
  #stopping: Promise<unknown> = Promise.resolve();

  constructor(parts: VitalsHubParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#withdrawStale(), STALE_CHECK_MS);
    void this.#stopping.then(() => {
      if (this.#timer) this.#parts.sources.forEach((source, rank) => this.#startSource(source, rank));
    });
  }

  #startSource(source: VitalsSource, rank: number): void {
    const status = this.#statusOf(source);
    source.start({
      measured: (measurement) => {
        status.measurements++;
        if (hasValue(measurement)) status.lastValueMs = this.#parts.clock.nowMs();
        if (measurement.quality === 'out-of-range') this.#reject(status, 'out-of-range');
        if (this.#isOwner(measurement, source.id, rank)) this.#show(measurement, source.id);
      },
      rejected: (reason) => this.#reject(status, reason),
      lost: (messages) => {
        status.lost += messages;
      },
    });
  }

  stop(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#shown.clear();
    this.#stopping = Promise.all(this.#parts.sources.map((source) => source.stop()));
  }

  /** Done once every source has let go of its device. */
  async stopped(): Promise<void> {
    await this.#stopping;
  }

  statuses(): VitalsSourceStatus[] {
    return this.#parts.sources.map((source) => {
      const { id, kind, state, detail } = source;
      return { ...this.#statusOf(source), id, kind, state, detail };
    });
  }

  #statusOf(source: VitalsSource): VitalsSourceStatus {
    const known = this.#status.get(source.id);
    if (known) return known;
    const { id, kind, state, detail } = source;
    const status = { id, kind, state, detail, measurements: 0, lost: 0, rejected: {}, lastValueMs: null };
    this.#status.set(id, status);
    return status;
  }

  #reject(status: VitalsSourceStatus, reason: Rejection): void {
    status.rejected[reason] = (status.rejected[reason] ?? 0) + 1;
  }

  #isOwner({ metric, startMs }: Measurement, source: string, rank: number): boolean {
    const shown = this.#shown.get(metric);
    if (!shown || shown.source === source) return true;
    const isStale = shown.freshUntilMs < this.#parts.clock.nowMs();
    const shownRank = this.#parts.sources.findIndex(({ id }) => id === shown.source);
    // What a source kept while it was out of reach belongs in the record, but does not take the screen.
    const isNow = startMs + metricOf(metric).staleAfterMs > this.#parts.clock.nowMs();
    return isNow && (isStale || rank < shownRank);
  }

  #show(measurement: Measurement, source: string): void {
    const { metric, simulated } = measurement;
    const { staleAfterMs, kind } = metricOf(metric);
    const endMs = measurement.startMs + durationMs(measurement);
    const known = this.#shown.get(metric);
    this.#shown.set(metric, {
      source,
      freshUntilMs: Math.max(known?.freshUntilMs ?? 0, endMs + staleAfterMs),
      hasValue: kind === 'reading' && hasValue(measurement),
      simulated,
    });
    for (const part of inFrames(measurement)) this.#emit(part);
  }

  #withdrawStale(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const [metric, shown] of this.#shown) {
      if (!shown.hasValue || shown.freshUntilMs >= nowMs) continue;
      shown.hasValue = false;
      const { simulated } = shown;
      this.#emit({ metric, startMs: nowMs, sampleRateHz: 0, values: [NaN], quality: 'stale', simulated });
    }
  }

  #emit(measurement: Measurement): void {
    const { metric, startMs, sampleRateHz, quality, simulated } = measurement;
    const { code, unit, scale } = METRICS[metric];
    const sequence = this.#sequences.get(metric) ?? 0;
    this.#sequences.set(metric, (sequence + 1) >>> 0);
    const startHubMs = startMs + this.#parts.clock.hubOffsetMs;
    const samples = samplesOf(measurement, scale);
    const frame = {
      code,
      unit,
      scale,
      offset: 0,
      sequence,
      startHubMs,
      sampleRateHz,
      quality,
      simulated,
      samples,
    };
    const message = encodeVitalsFrame(frame);
    this.#parts.send(message);
    this.#parts.record?.(message);
  }
}

const durationMs = ({ sampleRateHz, values }: Measurement): number =>
  sampleRateHz === 0 ? 0 : (values.length * 1000) / sampleRateHz;

/** A value that may be shown. A disturbed wave may, because the eye sees what it is; a disturbed number may not. */
const hasValue = ({ quality, values }: Measurement): boolean =>
  quality === 'ok' && values.some((value) => !Number.isNaN(value));

function samplesOf({ metric, quality, values }: Measurement, scale: number): Int16Array {
  const isUsable = quality === 'ok' || (metricOf(metric).kind === 'wave' && quality !== 'lead-off');
  return Int16Array.from(values, (value) => {
    if (!isUsable || Number.isNaN(value)) return VITALS_NO_VALUE;
    const sample = Math.round(value / scale);
    return Math.abs(sample) > 32_767 ? VITALS_NO_VALUE : sample;
  });
}

function* inFrames(measurement: Measurement): Generator<Measurement> {
  const { values, startMs, sampleRateHz } = measurement;
  if (values.length <= VITALS_MAX_SAMPLES) {
    yield measurement;
    return;
  }
  for (let from = 0; from < values.length; from += VITALS_MAX_SAMPLES) {
    const part = values.slice(from, from + VITALS_MAX_SAMPLES);
    yield { ...measurement, values: part, startMs: startMs + (from * 1000) / sampleRateHz };
  }
}

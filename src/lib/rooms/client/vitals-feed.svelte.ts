import type { Feed, Member } from '../../signaling/contract/index.ts';
import { SvelteMap } from 'svelte/reactivity';
import { decodeVitalsFrame, VitalsFrameError, vitalsValues, type VitalsFrame } from '../../vitals/frame.ts';
import { metricOf, type MetricName } from '../../vitals/metrics.ts';

/** One vitals feed as the page shows it: frames go to whoever draws them, the numbers are kept. */
export class VitalsFeedView {
  readonly feed: Feed;
  readonly member: Member | null;
  simulated = $state(false);
  lastFrameHubMs = $state<number | null>(null);
  /** The newest reading of each metric, by its code. */
  readonly #readings = new SvelteMap<number, { value: number | null; atHubMs: number }>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nobody looks at who listens
  readonly #listeners = new Set<(frame: VitalsFrame) => void>();
  #close: (() => void) | null = null;

  constructor(feed: Feed, member: Member | null) {
    this.feed = feed;
    this.member = member;
  }

  /** A reading as it may be shown now: null when the sensor has none, or when it was not renewed in time. */
  reading(metric: MetricName, hubNowMs: number): number | null {
    const { code, staleAfterMs } = metricOf(metric);
    const known = this.#readings.get(code);
    return known && hubNowMs - known.atHubMs <= staleAfterMs ? known.value : null;
  }

  subscribe(listener: (frame: VitalsFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  opened(close: () => void): void {
    this.#close = close;
  }

  /** What is not a vitals frame is dropped: a monitor that sends garbage must not stop the page. */
  receive(message: ArrayBuffer, hubNowMs: number): void {
    const frame = decoded(message);
    if (!frame) return;
    this.lastFrameHubMs = hubNowMs;
    this.simulated = frame.simulated;
    if (frame.sampleRateHz === 0) {
      this.#readings.set(frame.code, { value: latest(frame), atHubMs: hubNowMs });
    }
    for (const listener of this.#listeners) listener(frame);
  }

  dispose(): void {
    this.#close?.();
    this.#listeners.clear();
  }
}

function decoded(message: ArrayBuffer): VitalsFrame | null {
  try {
    return decodeVitalsFrame(message);
  } catch (error) {
    if (error instanceof VitalsFrameError) return null;
    throw error;
  }
}

/** The newest value; null when the sensor has none. */
function latest(frame: VitalsFrame): number | null {
  const value = vitalsValues(frame).at(-1);
  return value === undefined || Number.isNaN(value) ? null : value;
}

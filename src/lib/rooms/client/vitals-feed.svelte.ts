import type { Feed, Member } from '../../signaling/contract/index.ts';
import {
  decodeVitalsFrame,
  MDC,
  VitalsFrameError,
  vitalsValues,
  type VitalsFrame,
} from '../../vitals/frame.ts';

/** One vitals feed as the page shows it: frames go to whoever draws them, the numbers are kept. */
export class VitalsFeedView {
  readonly feed: Feed;
  readonly member: Member | null;
  heartRateBpm = $state<number | null>(null);
  spo2Percent = $state<number | null>(null);
  simulated = $state(false);
  lastFrameHubMs = $state<number | null>(null);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nobody looks at who listens
  readonly #listeners = new Set<(frame: VitalsFrame) => void>();
  #close: (() => void) | null = null;

  constructor(feed: Feed, member: Member | null) {
    this.feed = feed;
    this.member = member;
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
    if (frame.code === MDC.heartRate) this.heartRateBpm = latest(frame);
    if (frame.code === MDC.spo2) this.spo2Percent = latest(frame);
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

/** The newest value in whole units, as monitors show it; null when the sensor has none. */
function latest(frame: VitalsFrame): number | null {
  const value = vitalsValues(frame).at(-1);
  return value === undefined || Number.isNaN(value) ? null : Math.round(value);
}

import type { Feed, Member } from '../../signaling/contract/index.ts';
import { decodeVitalsFrame, type VitalsFrame } from '../../vitals/frame.ts';

/** One vitals feed as the page shows it: frames go to whoever draws them, the numbers are kept. */
export class VitalsFeedView {
  readonly feed: Feed;
  readonly member: Member | null;
  heartRateBpm = $state<number | null>(null);
  spo2Percent = $state<number | null>(null);
  simulated = $state(false);
  lastFrameHubMs = $state<number | null>(null);
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
    const frame = decodeVitalsFrame(message);
    if (!frame) return;
    this.lastFrameHubMs = hubNowMs;
    for (const listener of this.#listeners) listener(frame);
  }

  dispose(): void {
    this.#close?.();
    this.#listeners.clear();
  }
}

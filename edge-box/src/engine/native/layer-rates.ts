import { LEAST_KBPS } from './rate-allocation.ts';

/** Encoders are told a new rate only when it differs by this part. */
const RATE_CHANGE = 0.05;
/**
 * A size that paused stays so for this long. Each return costs a key frame, and the hub needs 1.5 s to see that a size is gone and lets
 * nobody have it before it was back for 2 s.
 */
const PAUSE_MS = 10_000;

/** What each size of one feed's picture may send now. */
export class LayerRates {
  /** When a size was last paused; undefined once it may come back. */
  #pausedMs: number | undefined;
  topKbps: number;
  /** Smallest size first; 0 for one that pauses. */
  lowerKbps: readonly number[];

  /** Smaller sizes wait for the first word about the uplink. */
  constructor(maxKbps: number, layers: number) {
    this.topKbps = maxKbps;
    this.lowerKbps = Array.from({ length: layers - 1 }, () => 0);
  }

  get totalKbps(): number {
    return this.lowerKbps.reduce((total, kbps) => total + kbps, this.topKbps);
  }

  /** A size that paused has waited long enough: the uplink is to be divided anew, even if it has not changed. */
  mayResume(nowMs: number): boolean {
    return this.#pausedMs !== undefined && nowMs - this.#pausedMs >= PAUSE_MS;
  }

  /** How many smaller sizes may be sent now. */
  lowerAllowed(nowMs: number): number {
    if (this.mayResume(nowMs)) this.#pausedMs = undefined;
    if (this.#pausedMs === undefined) return this.lowerKbps.length;
    return this.lowerKbps.filter((kbps) => kbps > 0).length;
  }

  /** Takes what each size may send now, smallest first. Answers the sizes that pause from now on; null when the encoders need not be told. */
  change(kbps: readonly number[], nowMs: number): number[] | null {
    const before = this.lowerKbps;
    const top = Math.max(LEAST_KBPS, kbps.at(-1) ?? 0);
    const lower = kbps.slice(0, -1);
    const sameSizes = lower.every((now, layer) => now > 0 === (before[layer] ?? 0) > 0);
    if (sameSizes && Math.abs(top - this.topKbps) < RATE_CHANGE * this.topKbps) return null;
    this.topKbps = top;
    this.lowerKbps = lower;
    const paused = [...lower.keys()].filter((layer) => lower[layer] === 0 && before[layer] !== 0);
    if (paused.length > 0) this.#pausedMs = nowMs;
    return paused;
  }
}

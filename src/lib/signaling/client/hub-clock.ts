import { nowMs } from './now.ts';

interface Sample {
  offsetMs: number;
  rttMs: number;
  atMs: number;
}

/** Samples kept; at one in ten seconds the last minute and a bit, so that drift is followed. */
const KEPT = 8;

/**
 * The hub's clock as seen from here, by Cristian's algorithm: of the last samples the one with the shortest round trip
 * is right to within half of that trip.
 */
export class HubClock {
  #samples: Sample[] = [];

  /** What to add to the own clock to get hub time, in ms; 0 until the first sample. */
  get offsetMs(): number {
    return this.#best()?.offsetMs ?? 0;
  }

  /** Round trip of the best sample, in ms; null until there is one. The offset is wrong by at most half of it. */
  get rttMs(): number | null {
    return this.#best()?.rttMs ?? null;
  }

  hubNowMs(): number {
    return nowMs() + this.offsetMs;
  }

  /** One exchange: sent and received on the own clock, answered at `hubMs` on the hub's. */
  add(sentMs: number, hubMs: number, receivedMs: number): void {
    const rttMs = receivedMs - sentMs;
    this.#samples = [
      ...this.#samples,
      { offsetMs: hubMs - (sentMs + rttMs / 2), rttMs, atMs: receivedMs },
    ].slice(-KEPT);
  }

  /** After a drop the machine may have slept, or the hub may be another one with another clock. */
  reset(): void {
    this.#samples = [];
  }

  #best(): Sample | undefined {
    return this.#samples.reduce<Sample | undefined>(
      (best, sample) => (!best || sample.rttMs < best.rttMs ? sample : best),
      undefined,
    );
  }
}

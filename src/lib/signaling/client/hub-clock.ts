import { nowMs } from './now.ts';

interface Sample {
  offsetMs: number;
  rttMs: number;
}

/** Samples kept; at one in ten seconds the last minute and a bit, so that drift is followed. */
const KEPT = 8;
/** How far two good clocks may part within the time of the samples kept: 80 s at 50 ppm. */
const DRIFT_MS = 4;

/**
 * The hub's clock as seen from here, by Cristian's algorithm: of the last samples the one with the shortest round trip
 * is right to within half of that trip.
 */
export class HubClock {
  #samples: Sample[] = [];
  #outdated = false;

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
    const sample = { offsetMs: hubMs - (sentMs + rttMs / 2), rttMs };
    const best = this.#best();
    // Each is right to within half its trip; two that exclude each other mean that a clock was set.
    const excluded = best && Math.abs(sample.offsetMs - best.offsetMs) > (rttMs + best.rttMs) / 2 + DRIFT_MS;
    this.#samples = this.#outdated || excluded ? [sample] : [...this.#samples, sample].slice(-KEPT);
    this.#outdated = false;
  }

  /** After a drop the machine may have slept, or the hub may be another one with another clock. */
  reset(): void {
    // The old figure is still the best there is until a new one comes.
    this.#outdated = true;
  }

  #best(): Sample | undefined {
    return this.#samples.reduce<Sample | undefined>(
      (best, sample) => (!best || sample.rttMs < best.rttMs ? sample : best),
      undefined,
    );
  }
}

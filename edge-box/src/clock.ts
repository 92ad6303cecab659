/**
 * The box's clock. Monotonic (a wall-clock step must not bend the age of a picture), and shared by every process
 * of the box: CLOCK_MONOTONIC is one clock for the whole machine, so a child that is given the same
 * `epochOffsetMs` reads the same time to the microsecond.
 */
export interface ClockSettings {
  /** Added to the machine's monotonic clock gives milliseconds since 1970, as the machine believed at start. */
  epochOffsetMs: number;
  /** Hub time minus box time. */
  hubOffsetMs: number;
}

const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export class BoxClock {
  readonly #epochOffsetMs: number;
  #hubOffsetMs: number;
  #hubOffsetKnown = false;

  constructor(settings?: ClockSettings) {
    this.#epochOffsetMs = settings?.epochOffsetMs ?? Date.now() - monotonicMs();
    this.#hubOffsetMs = settings?.hubOffsetMs ?? 0;
  }

  get settings(): ClockSettings {
    return { epochOffsetMs: this.#epochOffsetMs, hubOffsetMs: this.#hubOffsetMs };
  }

  get hubOffsetMs(): number {
    return this.#hubOffsetMs;
  }

  setHubOffsetMs(offsetMs: number): void {
    if (!Number.isFinite(offsetMs)) throw new RangeError('clock offset must be finite');
    this.#hubOffsetMs = offsetMs;
    this.#hubOffsetKnown = true;
  }

  /** False until the hub's clock was first heard: till then hub time is the box's own. */
  get hubOffsetKnown(): boolean {
    return this.#hubOffsetKnown;
  }

  /** Milliseconds since 1970 in the box's own clock. */
  nowMs(): number {
    return this.#epochOffsetMs + monotonicMs();
  }

  /** Milliseconds since 1970 in the hub's clock. */
  hubNowMs(): number {
    return this.nowMs() + this.#hubOffsetMs;
  }
}

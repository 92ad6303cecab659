/** Fills at `perSecond`, holds at most `burst`. */
export interface BucketSize {
  perSecond: number;
  burst: number;
}

/** A token bucket on the monotonic clock. */
export class TokenBucket {
  readonly #size: BucketSize;
  #tokens: number;
  #atMs: number;

  constructor(size: BucketSize, nowMs: number) {
    this.#size = size;
    this.#tokens = size.burst;
    this.#atMs = nowMs;
  }

  /** Takes one token, or says that there is none. */
  take(nowMs: number): boolean {
    const refilled = ((nowMs - this.#atMs) / 1000) * this.#size.perSecond;
    this.#tokens = Math.min(this.#size.burst, this.#tokens + refilled);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

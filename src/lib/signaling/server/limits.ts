import type { LimitClass } from '../contract/index.ts';
import { TokenBucket, type BucketSize } from './token-bucket.ts';

/**
 * Ours, per connection: several times what an honest client needs. A page that enters a room of twenty feeds sends
 * about fifty `media` messages at once; nobody types five messages a second for long.
 */
export const LIMITS: Record<LimitClass, BucketSize> = {
  clock: { perSecond: 5, burst: 10 },
  join: { perSecond: 5, burst: 10 },
  chat: { perSecond: 5, burst: 20 },
  control: { perSecond: 20, burst: 60 },
  media: { perSecond: 60, burst: 240 },
};

/** Refusals within the window after which a connection is ended: it does not listen, or means harm. */
const MAX_REFUSALS = 2000;
const REFUSAL_WINDOW_MS = 10_000;
/** A packet that was costly to read weighs as much as this many refusals: ten within the window are too many. */
const COSTLY_WEIGHT = MAX_REFUSALS / 10;

/** The buckets of one connection. */
export class ConnectionLimits {
  readonly #buckets: Record<LimitClass, TokenBucket>;
  #refusals = 0;
  #windowStartMs: number;

  constructor(nowMs: number, limits: Record<LimitClass, BucketSize> = LIMITS) {
    this.#windowStartMs = nowMs;
    this.#buckets = Object.fromEntries(
      Object.entries(limits).map(([name, size]) => [name, new TokenBucket(size, nowMs)]),
    ) as Record<LimitClass, TokenBucket>;
  }

  take(limit: LimitClass, nowMs: number): boolean {
    return this.#buckets[limit].take(nowMs);
  }

  /** Counts something refused; true when it is too much. */
  refused(nowMs: number): boolean {
    return this.#count(1, nowMs);
  }

  /** Counts a packet that was costly to read; true when it is too much. */
  costly(nowMs: number): boolean {
    return this.#count(COSTLY_WEIGHT, nowMs);
  }

  #count(weight: number, nowMs: number): boolean {
    if (nowMs - this.#windowStartMs > REFUSAL_WINDOW_MS) {
      this.#windowStartMs = nowMs;
      this.#refusals = 0;
    }
    this.#refusals += weight;
    return this.#refusals > MAX_REFUSALS;
  }
}

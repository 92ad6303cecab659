import { HubError } from '../../signaling/contract/index.ts';
import { TokenBucket, type BucketSize } from '../../signaling/server/token-bucket.ts';

/** How often somebody may call. A hub of several nodes may put one in its place that counts over all of them. */
export interface CallLimit {
  /** @throws {HubError} rate_limited */
  spend(key: string): void;
}

const KEYS_KEPT = 10_000;

/** Counts on this node. */
export class NodeCallLimit implements CallLimit {
  readonly #size: BucketSize;
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(size: BucketSize, now: () => number = () => performance.now()) {
    this.#size = size;
    this.#now = now;
  }

  spend(key: string): void {
    const nowMs = this.#now();
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      // The one that was made first is full again, most likely.
      const [oldest] = this.#buckets.keys();
      if (this.#buckets.size >= KEYS_KEPT && oldest !== undefined) this.#buckets.delete(oldest);
      bucket = new TokenBucket(this.#size, nowMs);
      this.#buckets.set(key, bucket);
    }
    if (!bucket.take(nowMs)) throw new HubError('rate_limited');
  }
}

import type { EngineStats, VideoFeedConfig } from '../engine/engine.ts';

/**
 * How one feed does on the uplink. `closed`: nothing of it may be filmed, or there is nothing to film; `fair`: neither clearly thin nor clearly
 * good.
 */
export type Sight = 'closed' | 'thin' | 'fair' | 'good';

/** Parts of the rate that the feed could use. */
const THIN_BELOW = 0.7;
const GOOD_FROM = 0.9;

export function sightOf(
  { state, video }: Pick<EngineStats, 'state' | 'video'>,
  { slot, maxBitrateKbps }: Pick<VideoFeedConfig, 'slot' | 'maxBitrateKbps'>,
): Sight {
  if (state === 'idle') return 'closed';
  const feed = video.find((one) => one.slot === slot);
  if (state !== 'connected' || !feed || feed.held) return 'thin';
  const part = feed.targetKbps / maxBitrateKbps;
  return part < THIN_BELOW ? 'thin' : part < GOOD_FROM ? 'fair' : 'good';
}

/** A dip that is over sooner is no reason to film: the rate is found anew after each connection, and handovers are short. */
const THIN_FOR_MS = 5_000;
/** Good for so long: it is likely to stay so. */
const GOOD_FOR_MS = 8_000;

/** When a feed is filmed on the box: clearly thin for a while begins it, clearly good for longer ends it, and `closed` ends it at once. */
export class ThinLink {
  #isFilming = false;
  /** Since when the sight is what would change that. */
  #sinceMs: number | null = null;

  /** Asked several times a second. True: film. */
  look(sight: Sight, nowMs: number): boolean {
    if (sight === 'closed') {
      this.#isFilming = false;
      this.#sinceMs = null;
      return false;
    }
    if (sight !== (this.#isFilming ? 'good' : 'thin')) this.#sinceMs = null;
    else {
      this.#sinceMs ??= nowMs;
      if (nowMs - this.#sinceMs >= (this.#isFilming ? GOOD_FOR_MS : THIN_FOR_MS)) {
        this.#isFilming = !this.#isFilming;
        this.#sinceMs = null;
      }
    }
    return this.#isFilming;
  }
}

import type { EngineStats, VideoFeedConfig } from '../engine/engine.ts';
import { sightOf } from '../capture/thin-link.ts';

/** What is tried first, and no less than a trickle that never ends a film. */
const FIRST_KBPS = 32;
/** Twice as much in five seconds: half of 4 Mbit/s is reached within half a minute. */
const GROWTH_PER_S = 2 ** (1 / 5);
/** After pictures have had to give way: their estimator is back by then (docs/benchmarks.md, cap). */
const REST_MS = 10_000;
/** Of what the pictures use. What an estimator has never seen used it does not know of, so nothing but trying tells what a good link has. */
const MOST_SHARE = 0.5;
/** What was measured in the last seconds is always on its way. */
const ON_ITS_WAY = 10;

type Stats = Pick<EngineStats, 'state' | 'estimateKbps' | 'video'>;
type Feed = Pick<VideoFeedConfig, 'slot' | 'maxBitrateKbps'>;

/**
 * How much of the uplink the films' outbox may use. Films come last of all: nothing while anything else waits or a picture has less than it could use;
 * from there on more and more, until a picture has to give way or there is nothing left to find.
 */
export class FilmPace {
  #kbps = FIRST_KBPS;
  #askedAtMs: number | null = null;
  #restsUntilMs = -Infinity;

  /** Asked about twice a second. `waiting`: records in the other outbox. */
  kbps(stats: Stats, feeds: readonly Feed[], waiting: number, nowMs: number): number {
    const sinceS = (nowMs - (this.#askedAtMs ?? nowMs)) / 1000;
    this.#askedAtMs = nowMs;
    if (waiting > ON_ITS_WAY) return 0;
    if (stats.state === 'idle') return Infinity;
    if (feeds.some((feed) => sightOf(stats, feed) !== 'good')) {
      if (nowMs >= this.#restsUntilMs) this.#kbps = Math.max(FIRST_KBPS, this.#kbps / 2);
      this.#restsUntilMs = nowMs + REST_MS;
      return 0;
    }
    if (nowMs < this.#restsUntilMs) return 0;
    const used = stats.video.reduce((sum, { targetKbps }) => sum + targetKbps, 0);
    const most = Math.max(FIRST_KBPS, used * MOST_SHARE);
    this.#kbps = Math.min(most, this.#kbps * GROWTH_PER_S ** sinceS);
    return this.#kbps;
  }
}

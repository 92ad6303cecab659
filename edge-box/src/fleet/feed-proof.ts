import { setTimeout as sleep } from 'node:timers/promises';
import type { BoxConfig } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxClock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { FeedProcess } from '../media/feed-process.ts';

/** Generous: a camera on the network may take this long to its first picture. */
const FIRST_PICTURE_MS = 20_000;
const LOOK_AGAIN_MS = 100;

/** A process that has died so often will not come to life by waiting. */
const TOO_OFTEN_DOWN = 3;

/**
 * Proves that feeds deliver pictures: by the engine's own figures while the box serves a room, else by starting each source for as long as
 * its first picture takes. A room may begin or end meanwhile: then the other way goes on, since two cannot have one camera.
 */
export class FeedProof {
  readonly #engine: Engine;
  readonly #clock: BoxClock;
  readonly #isPaused: (slot: string) => boolean;
  readonly #downs = new Map<string, { times: number; reason: string }>();

  /** `isPaused`: what people beside the box have closed is not opened for a proof, and could not be proven otherwise. */
  constructor(engine: Engine, clock: BoxClock, isPaused: (slot: string) => boolean) {
    this.#engine = engine;
    this.#clock = clock;
    this.#isPaused = isPaused;
    engine.on('feedDown', (slot, reason) => {
      this.#downs.set(slot, { times: (this.#downs.get(slot)?.times ?? 0) + 1, reason });
    });
  }

  /** @throws with the reason, for people */
  async prove({ video }: BoxConfig, slots: string[]): Promise<void> {
    this.#downs.clear();
    const proven = new Set<string>();
    const missing = () =>
      video.filter(({ slot }) => slots.includes(slot) && !proven.has(slot) && !this.#isPaused(slot));
    const isIdle = () => this.#engine.stats().state === 'idle';
    let until = performance.now() + FIRST_PICTURE_MS;
    while (missing().length > 0) {
      if (isIdle()) {
        const tried = await Promise.all(missing().map((feed) => tryOut(feed, this.#clock, isIdle)));
        for (const slot of tried) if (slot !== null) proven.add(slot);
        until = performance.now() + FIRST_PICTURE_MS;
        continue;
      }
      for (const { slot, frames } of this.#engine.stats().video) if (frames > 0) proven.add(slot);
      for (const { slot } of missing()) {
        const down = this.#downs.get(slot);
        if (down && down.times >= TOO_OFTEN_DOWN) throw new Error(`${slot}: ${down.reason}`);
      }
      if (performance.now() > until) {
        const named = missing().map(({ slot }) => slot);
        throw new Error(`no picture from ${named.join(', ')}`);
      }
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

/** Answers the slot when its first picture is there; null when a room wants the device. */
async function tryOut(
  feed: BoxConfig['video'][number],
  clock: BoxClock,
  mayGoOn: () => boolean,
): Promise<string | null> {
  let process: FeedProcess | undefined;
  const timers: NodeJS.Timeout[] = [];
  try {
    return await new Promise<string | null>((resolve, reject) => {
      timers.push(
        setTimeout(() => reject(new Error(`no picture from ${feed.slot}`)), FIRST_PICTURE_MS),
        setInterval(() => mayGoOn() || resolve(null), LOOK_AGAIN_MS),
      );
      const job = { kind: 'video', source: feed.source, bitrateKbps: feed.maxBitrateKbps } as const;
      process = new FeedProcess(job, clock, {
        unit: () => resolve(feed.slot),
        down: (reason) => reject(new Error(`${feed.slot}: ${reason}`)),
      });
    });
  } finally {
    timers.forEach(clearTimeout);
    await process?.stop();
  }
}

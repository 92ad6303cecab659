import { setTimeout as sleep } from 'node:timers/promises';
import type { BoxConfig } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxClock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { FeedProcess } from '../media/feed-process.ts';

/** Generous: a camera on the network may take this long to its first picture. */
const FIRST_PICTURE_MS = 20_000;
const LOOK_AGAIN_MS = 100;

/**
 * Proves that feeds deliver pictures: by the engine's own figures while the box serves a room, else by starting each source for as long as
 * its first picture takes.
 * @throws with the reason, for people
 */
export async function proveFeeds(
  engine: Engine,
  clock: BoxClock,
  { video }: BoxConfig,
  slots: string[],
): Promise<void> {
  const feeds = video.filter(({ slot }) => slots.includes(slot));
  if (engine.stats().state === 'idle') await Promise.all(feeds.map((feed) => tryOut(feed, clock)));
  else await watch(engine, slots);
}

async function watch(engine: Engine, slots: string[]): Promise<void> {
  const until = performance.now() + FIRST_PICTURE_MS;
  for (;;) {
    const { video } = engine.stats();
    const missing = slots.filter((slot) => !video.some((feed) => feed.slot === slot && feed.frames > 0));
    if (missing.length === 0) return;
    if (performance.now() > until) throw new Error(`no picture from ${missing.join(', ')}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

async function tryOut(feed: BoxConfig['video'][number], clock: BoxClock): Promise<void> {
  let process: FeedProcess | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no picture from ${feed.slot}`)), FIRST_PICTURE_MS);
      const done = (error?: Error) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      };
      process = new FeedProcess(
        { kind: 'video', source: feed.source, bitrateKbps: feed.maxBitrateKbps },
        clock,
        {
          unit: () => done(),
          down: (reason) => done(new Error(`${feed.slot}: ${reason}`)),
        },
      );
    });
  } finally {
    await process?.stop();
  }
}

import type { BoxClock } from '../clock.ts';
import { FeedProcess } from '../media/feed-process.ts';
import type { FeedJob } from '../media/child-protocol.ts';
import type { VitalsSource } from '../vitals/source.ts';
import { VitalsHub } from '../vitals/vitals-hub.ts';
import type { VitalsSourceStatus } from '../vitals/vitals-hub.ts';
import type { FeedFacts } from './judge.ts';

const LOOK_MS = 50;

/** Waits until `isDone`, at most so long. */
async function until(isDone: () => boolean, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!isDone() && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Opens a feed's device in a process of its own, as streaming would, and looks at a second of what it gives. */
export async function probeFeed(job: FeedJob, clock: BoxClock, limitMs: number): Promise<FeedFacts> {
  const feed = new FeedProcess(job, clock, { unit: () => undefined, down: () => undefined });
  const isMissing = (): boolean => feed.sourceState === 'device-missing' || feed.sourceState === 'refused';
  await until(() => feed.health !== undefined || isMissing(), limitMs);
  const facts = { source: feed.sourceState, health: feed.health };
  await feed.stop();
  return facts;
}

/** Connects all vitals sources, and gives each the time for its first value. */
export async function probeVitals(
  sources: VitalsSource[],
  clock: BoxClock,
  limitMs: number,
): Promise<VitalsSourceStatus[]> {
  const hub = new VitalsHub({ sources, clock, send: () => undefined });
  hub.start();
  await until(() => hub.statuses().every(({ lastValueMs }) => lastValueMs !== null), limitMs);
  const statuses = hub.statuses();
  hub.stop();
  await hub.stopped();
  return statuses;
}

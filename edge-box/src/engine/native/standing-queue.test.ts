import { expect, it } from 'vitest';
import { StandingQueue } from './standing-queue.ts';

/** One feedback every 50 ms. */
function feed(queue: StandingQueue, delaysMs: number[], startMs: number): number {
  let nowMs = startMs;
  for (const delayMs of delaysMs) queue.add([delayMs, delayMs + 5], (nowMs += 50));
  return nowMs;
}

it('sees a queue that holds up every packet', () => {
  const queue = new StandingQueue();
  const nowMs = feed(queue, [20, 20, 20, 20], 0);
  feed(queue, [60, 70, 80, 90, 100, 110, 120], nowMs);
  expect(queue.ms).toBeGreaterThan(40);
});

it('does not take a busy machine for a queue: now and then a packet is on time', () => {
  const queue = new StandingQueue();
  const nowMs = feed(queue, [20, 20, 20, 20], 0);
  feed(queue, [90, 120, 21, 100, 95, 22, 130, 80], nowMs);
  expect(queue.ms).toBeLessThan(5);
});

it('is empty again as soon as one packet came through', () => {
  const queue = new StandingQueue();
  const nowMs = feed(queue, [20, 20, 100, 110, 120, 130, 140, 150], 0);
  feed(queue, [20], nowMs);
  expect(queue.ms).toBe(0);
});

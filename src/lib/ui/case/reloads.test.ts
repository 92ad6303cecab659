import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Reloads } from './reloads.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Each reload takes as long as said. */
function counted(tookMs: number) {
  const count = { begun: 0, atOnce: 0, most: 0 };
  const reloads = new Reloads(async () => {
    count.begun++;
    count.most = Math.max(count.most, ++count.atOnce);
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    count.atOnce--;
  }, 50);
  return { count, reloads };
}

it('makes one reload of many changes, and shows the last of those that never end', async () => {
  const { count, reloads } = counted(200);
  for (let change = 0; change < 5; change++) reloads.soon();
  await vi.advanceTimersByTimeAsync(49);
  expect(count.begun).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(count.begun).toBe(1);
  // Something new every 20 ms while a reload takes 200: each is let finish.
  for (let change = 0; change < 50; change++) {
    reloads.soon();
    await vi.advanceTimersByTimeAsync(20);
  }
  expect(count).toMatchObject({ begun: 5, most: 1 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(count.begun).toBe(5);
});

it('waits for ever neither for a reload that hangs nor after it was stopped', async () => {
  const { count, reloads } = counted(1_000_000);
  reloads.soon();
  await vi.advanceTimersByTimeAsync(50);
  reloads.soon();
  await vi.advanceTimersByTimeAsync(10_050);
  expect(count.begun).toBe(2);
  reloads.soon();
  reloads.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(count.begun).toBe(2);
});

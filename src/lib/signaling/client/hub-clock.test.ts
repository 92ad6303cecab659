import { describe, expect, it } from 'vitest';
import { HubClock } from './hub-clock.ts';

/** One exchange over a path with these one-way delays, with a hub that is ahead by `aheadMs`. */
function exchange(clock: HubClock, atMs: number, aheadMs: number, thereMs: number, backMs: number): void {
  clock.add(atMs, atMs + thereMs + aheadMs, atMs + thereMs + backMs);
}

describe('the hub clock', () => {
  it('trusts the shortest trip, whatever delays the others', () => {
    const clock = new HubClock();
    exchange(clock, 0, 5000, 200, 20);
    exchange(clock, 1000, 5000, 12, 10);
    exchange(clock, 2000, 5000, 30, 300);
    expect(clock.rttMs).toBe(22);
    expect(Math.abs(clock.offsetMs - 5000)).toBeLessThanOrEqual(11);
  });

  it('follows at once when a clock was set', () => {
    const clock = new HubClock();
    for (let i = 0; i < 5; i++) exchange(clock, i * 1000, 0, 5, 5);
    exchange(clock, 6000, 60_000, 20, 20);
    expect(clock.offsetMs).toBe(60_000);
  });

  it('follows drift', () => {
    const clock = new HubClock();
    for (let i = 0; i < 100; i++) exchange(clock, i * 10_000, i, 5, 5);
    expect(Math.abs(clock.offsetMs - 99)).toBeLessThan(8);
  });

  it('keeps the old figure after a drop until a new one comes, then only the new one', () => {
    const clock = new HubClock();
    expect([clock.offsetMs, clock.rttMs]).toEqual([0, null]);
    exchange(clock, 0, 5000, 1, 1);
    clock.reset();
    expect(clock.offsetMs).toBe(5000);
    exchange(clock, 1000, 5003, 50, 50);
    expect([clock.offsetMs, clock.rttMs]).toEqual([5003, 100]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { FilmPace } from './film-pace.ts';

const FEEDS = [
  { slot: 'probe', maxBitrateKbps: 4_000 },
  { slot: 'room', maxBitrateKbps: 800 },
];

/** An uplink on which pictures have so much, and a clock that is moved by hand. */
let link: { state: 'idle' | 'connected' | 'lost'; probe: number; room: number; waiting: number };
let pace: FilmPace;
let nowMs: number;
beforeEach(() => {
  link = { state: 'connected', probe: 4_000, room: 800, waiting: 0 };
  pace = new FilmPace();
  nowMs = 0;
});

function ask(): number {
  const video = (['probe', 'room'] as const).map((slot) => ({ slot, targetKbps: link[slot], held: false }));
  const stats = { state: link.state, estimateKbps: 6_000, video } as unknown as Parameters<
    FilmPace['kbps']
  >[0];
  return pace.kbps(stats, FEEDS, link.waiting, nowMs);
}
/** The last answer, after so many seconds. */
function after(seconds: number): number {
  let kbps = 0;
  for (let i = 0; i < seconds * 2; i++, nowMs += 500) kbps = ask();
  return kbps;
}

describe('what films may use', () => {
  it('grows while every picture has all it can use, to half of that', () => {
    expect(ask()).toBe(32);
    expect(after(10)).toBeGreaterThan(100);
    expect(after(10)).toBeLessThan(700);
    expect(after(60)).toBe(2_400);
  });

  it('is nothing while a picture has less than it could use, and a while after; then less than before', () => {
    const before = after(20);
    link.room = 300;
    expect(after(3)).toBe(0);
    link.room = 800;
    expect(after(9)).toBe(0);
    const again = after(2);
    expect(again).toBeGreaterThan(32);
    expect(again).toBeLessThan(before * 0.75);
  });

  it('halves once for each time that pictures gave way, however long that took', () => {
    const before = after(40);
    link.probe = 1_000;
    expect(after(300)).toBe(0);
    link.probe = 4_000;
    expect(after(10.5)).toBeGreaterThan(before / 2.5);
  });

  it('is nothing while anything else waits, or without a path', () => {
    after(20);
    link.waiting = 50;
    expect(ask()).toBe(0);
    link.waiting = 3;
    expect(ask()).toBeGreaterThan(0);
    link.state = 'lost';
    expect(ask()).toBe(0);
  });

  it('is all there is outside a room, once nothing else waits', () => {
    link.state = 'idle';
    expect(ask()).toBe(Infinity);
    link.waiting = 50;
    expect(ask()).toBe(0);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dice } from '../support/dice.ts';
import { LinkDirection } from './link-direction.ts';
import { CLEAN } from './link-state.ts';
import type { DirectionState } from './link-state.ts';

interface Arrival {
  packet: number;
  atMs: number;
}

/** Runs packets through a link in simulated time. */
function run(options: {
  state: Partial<DirectionState>;
  packets: { atMs: number; bytes: number }[];
  changes?: { atMs: number; state: Partial<DirectionState> }[];
  seed?: number;
}): { arrivals: Arrival[]; link: LinkDirection<number> } {
  const { packets, changes = [], seed = 1 } = options;
  const link = new LinkDirection<number>(seed, { ...CLEAN, ...options.state });
  const arrivals: Arrival[] = [];
  const takeUntil = (untilMs: number) => {
    while (link.nextMs <= untilMs) {
      const atMs = link.nextMs;
      for (const packet of link.arrived(atMs)) arrivals.push({ packet, atMs });
    }
  };
  const steps = [
    ...packets.map(({ atMs, bytes }, packet) => ({ atMs, act: () => link.offer(packet, bytes, atMs) })),
    ...changes.map(({ atMs, state }) => ({
      atMs,
      act: () => link.change({ ...CLEAN, ...options.state, ...state }, atMs),
    })),
  ].sort((a, b) => a.atMs - b.atMs);
  for (const { atMs, act } of steps) {
    takeUntil(atMs);
    act();
  }
  takeUntil(Number.MAX_SAFE_INTEGER);
  return { arrivals, link };
}

const steady = (count: number, everyMs: number, bytes = 1_000) =>
  Array.from({ length: count }, (_, i) => ({ atMs: i * everyMs, bytes }));
const delays = (arrivals: Arrival[], everyMs: number) =>
  arrivals.map(({ packet, atMs }) => atMs - packet * everyMs);

describe('one direction of a link', () => {
  it('delays, and does nothing else to packets of a clean link', () => {
    const { arrivals } = run({ state: { delayMs: 40 }, packets: steady(100, 3) });
    expect(arrivals.map(({ packet }) => packet)).toEqual(steady(100, 3).map((_, i) => i));
    for (const delay of delays(arrivals, 3)) expect(delay).toBeCloseTo(40, 9);
  });

  it('keeps the order under jitter unless it is told not to', () => {
    const packets = steady(500, 2);
    const inOrder = run({ state: { delayMs: 20, jitterMs: 30 }, packets }).arrivals;
    expect(inOrder.map(({ packet }) => packet)).toEqual(packets.map((_, i) => i));
    const overtaking = run({ state: { delayMs: 20, jitterMs: 30, reorders: true }, packets }).arrivals;
    expect(overtaking).toHaveLength(500);
    expect(overtaking.map(({ packet }) => packet)).not.toEqual(packets.map((_, i) => i));
    for (const delay of delays(overtaking, 2)) expect(delay).toBeGreaterThanOrEqual(20);
    expect(Math.max(...delays(overtaking, 2))).toBeLessThan(50);
  });

  it('loses the part that was asked for', () => {
    const { arrivals, link } = run({ state: { lossPart: 0.02 }, packets: steady(50_000, 1) });
    expect(1 - arrivals.length / 50_000).toBeCloseTo(0.02, 2);
    expect(link.fates.lost).toBe(50_000 - arrivals.length);
  });

  it('loses in bursts of the length and part that was asked for', () => {
    const burst = { enterPart: 0.01, leavePart: 0.2, lossPart: 1 };
    const { arrivals } = run({ state: { burst }, packets: steady(50_000, 1) });
    const arrived = new Set(arrivals.map(({ packet }) => packet));
    const lost = Array.from({ length: 50_000 }, (_, i) => !arrived.has(i));
    const bursts = lost.filter((isLost, i) => isLost && !lost[i - 1]).length;
    const total = lost.filter(Boolean).length;
    expect(total / 50_000).toBeCloseTo(0.01 / 0.21, 1.9);
    expect(total / bursts).toBeGreaterThan(4.5);
    expect(total / bursts).toBeLessThan(5.5);
  });

  it('passes no more than the cap and makes no packet wait longer than the queue', () => {
    const queueMs = 400;
    // 1,600 kbit/s into 800.
    const { arrivals, link } = run({ state: { capKbps: 800, queueMs }, packets: steady(2_000, 5) });
    const lastMs = arrivals.at(-1)!.atMs;
    expect((arrivals.length * 8_000) / lastMs).toBeCloseTo(800, 0);
    expect(Math.max(...delays(arrivals, 5))).toBeLessThanOrEqual(queueMs + 10 + 1e-6);
    expect(link.fates.dropped).toBe(2_000 - arrivals.length);
    expect(link.fates.lost).toBe(0);
  });

  it('lets what waits go on at the new rate when the cap changes', () => {
    const { arrivals } = run({
      state: { capKbps: 80 },
      packets: [0, 0, 0].map((atMs) => ({ atMs, bytes: 1_000 })),
      // A packet takes 100 ms at first, 10 ms from then on; the first is half through.
      changes: [{ atMs: 50, state: { capKbps: 800 } }],
    });
    expect(arrivals.map(({ atMs }) => Math.round(atMs * 1000) / 1000)).toEqual([55, 65, 75]);
  });

  it('holds everything at a rate of 0, up to the queue, and lets it go afterwards', () => {
    const { arrivals, link } = run({
      state: { queueMs: 100 },
      packets: steady(40, 10),
      changes: [
        { atMs: 95, state: { queueMs: 100, capKbps: 0 } },
        { atMs: 305, state: {} },
      ],
    });
    // Of 21 packets sent in the gap those of its first 100 ms.
    expect(link.fates.dropped).toBe(10);
    const held = arrivals.filter(({ packet }) => packet >= 10 && packet < 31);
    expect(held.map(({ packet }) => packet)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    for (const { atMs } of held) expect(atMs).toBe(305);
  });

  it('loses what is sent while it is down; what was on the air arrives', () => {
    const { arrivals, link } = run({
      state: { delayMs: 30 },
      packets: steady(30, 10),
      changes: [
        { atMs: 95, state: { down: true } },
        { atMs: 195, state: {} },
      ],
    });
    expect(arrivals.map(({ packet }) => packet)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
    ]);
    expect(link.fates.lost).toBe(10);
  });

  it('loses all that is under way when told so', () => {
    const link = new LinkDirection<string>(1, { ...CLEAN, delayMs: 50, capKbps: 8 });
    link.offer('on the air', 1, 0);
    link.offer('waiting', 1_000, 0);
    link.arrived(2);
    link.lose();
    expect(link.nextMs).toBe(Infinity);
    expect(link.arrived(10_000)).toEqual([]);
    expect(link.fates.lost).toBe(2);
  });

  it('gives each packet the same fate for the same seed, and another for another', () => {
    const state = {
      delayMs: 40,
      jitterMs: 10,
      lossPart: 0.02,
      burst: { enterPart: 0.01, leavePart: 0.2, lossPart: 0.5 },
      capKbps: 2_000,
      queueMs: 100,
    };
    const dice = new Dice(7);
    let atMs = 0;
    const packets = Array.from({ length: 3_000 }, () => {
      atMs += dice.next() * 8;
      return { atMs, bytes: 100 + dice.below(1_100) };
    });
    const changes = [{ atMs: 5_000, state: { ...state, capKbps: 700 } }];
    const once = run({ state, packets, changes, seed: 42 });
    const again = run({ state, packets, changes, seed: 42 });
    expect(again.arrivals).toEqual(once.arrivals);
    expect(run({ state, packets, changes, seed: 43 }).arrivals).not.toEqual(once.arrivals);
    expect(once.link.fates.dropped).toBeGreaterThan(0);
  });

  it('loses the same packets on the air whatever else the link does to them', () => {
    const lostOf = (everyMs: number, bytes: number, jitterMs: number) => {
      const { arrivals } = run({
        state: { lossPart: 0.1, jitterMs },
        packets: steady(500, everyMs, bytes),
      });
      return new Set(arrivals.map(({ packet }) => packet));
    };
    expect(lostOf(1, 1_000, 0)).toEqual(lostOf(20, 50, 5));
  });

  it('accounts for every packet, and lets none arrive before its time', () => {
    const packet = fc.record({
      afterMs: fc.double({ min: 0, max: 20, noNaN: true }),
      bytes: fc.integer({ min: 1, max: 1_500 }),
    });
    const state = fc.record({
      delayMs: fc.integer({ min: 0, max: 100 }),
      jitterMs: fc.integer({ min: 0, max: 50 }),
      reorders: fc.boolean(),
      lossPart: fc.double({ min: 0, max: 0.3, noNaN: true }),
      capKbps: fc.constantFrom(100, 800, 5_000, Infinity),
      queueMs: fc.integer({ min: 10, max: 500 }),
      down: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(packet, { minLength: 1, maxLength: 100 }),
        state,
        fc.array(fc.tuple(fc.double({ min: 0, max: 500, noNaN: true }), state), { maxLength: 4 }),
        fc.integer(),
        (sent, first, changed, seed) => {
          let atMs = 0;
          const packets = sent.map(({ afterMs, bytes }) => ({ atMs: (atMs += afterMs), bytes }));
          const changes = changed.map(([changeMs, to]) => ({ atMs: changeMs, state: to }));
          const { arrivals, link } = run({ state: first, packets, changes, seed });
          const leastDelayMs = Math.min(first.delayMs, ...changed.map(([, { delayMs }]) => delayMs));
          expect(arrivals.length + link.fates.lost + link.fates.dropped).toBe(packets.length);
          for (const { packet: number, atMs: arrivedMs } of arrivals)
            expect(arrivedMs - packets[number]!.atMs).toBeGreaterThanOrEqual(leastDelayMs - 1e-6);
        },
      ),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedUplink } from './testing/simulated-uplink.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7].map((seed) => seed * 7_919);
const MANY_SEEDS = Array.from({ length: 21 }, (_, i) => (i + 1) * 7_919);
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const frozenMs = (gapsMs: number[]): number =>
  gapsMs.filter((gapMs) => gapMs > 200).reduce((sum, gapMs) => sum + gapMs, 0);
const settled = (seed: number, options: { wantedKbps?: number } = {}): SimulatedUplink => {
  const uplink = new SimulatedUplink({ seed, ...options });
  uplink.link = { ...uplink.link, lossPart: 0.02 };
  uplink.run(8_000);
  return uplink;
};

/** Simulated time throughout: the same figures on every machine. The rig in `test/link` checks them with real parts. */
describe('congestion control', () => {
  it('finds what the feeds can use within three seconds on a good link, over 2 % loss', () => {
    for (const seed of SEEDS) {
      const uplink = new SimulatedUplink({ seed, wantedKbps: 4_000 });
      uplink.link = { ...uplink.link, lossPart: 0.02 };
      uplink.run(3_000);
      expect(uplink.offeredKbps(2_000, 3_000)).toBeGreaterThan(3_500);
    }
  });

  it('keeps a picture moving when the link drops to 800 kbit/s, and takes the rate back after it', () => {
    const runs = MANY_SEEDS.map((seed) => {
      const uplink = settled(seed);
      const formerKbps = uplink.offeredKbps(5_000, 8_000);
      uplink.link.capKbps = 800;
      uplink.run(10_000);
      const gapsMs = uplink.gapsMs(8_000, 18_000);
      const pictures = uplink.shownAtMs.filter((atMs) => atMs >= 8_000).length;
      expect(uplink.offeredKbps(9_000, 10_000)).toBeLessThan(800);
      uplink.link.capKbps = 20_000;
      uplink.run(8_000);
      expect(uplink.offeredKbps(25_000, 26_000)).toBeGreaterThan(0.9 * formerKbps);
      return { frames: pictures / 10, frozen: frozenMs(gapsMs), longest: Math.max(...gapsMs) };
    });
    expect(median(runs.map(({ frames }) => frames))).toBeGreaterThan(24);
    expect(median(runs.map(({ frozen }) => frozen))).toBeLessThan(500);
    expect(median(runs.map(({ longest }) => longest))).toBeLessThan(350);
  });

  it('stays under a limit that it has found, probes, repairs and all, and uses most of it', () => {
    for (const capKbps of [800, 2_200]) {
      const runs = MANY_SEEDS.map((seed) => {
        const uplink = settled(seed);
        uplink.link.capKbps = capKbps;
        uplink.run(10_000);
        const seconds = Array.from({ length: 81 }, (_, i) =>
          uplink.offeredKbps(9_000 + i * 100, 10_000 + i * 100),
        );
        return { most: Math.max(...seconds), used: uplink.offeredKbps(9_000, 18_000) / capKbps };
      });
      // What the air loses at random costs a whole key frame now and then.
      expect(runs.filter(({ most }) => most > capKbps).length).toBeLessThanOrEqual(2);
      expect(median(runs.map(({ used }) => used))).toBeGreaterThan(0.79);
    }
  });

  it('finds within three seconds that a limit has risen, by much or by little', () => {
    for (const capKbps of [1_000, 1_400, 2_000]) {
      for (const seed of SEEDS) {
        const uplink = settled(seed);
        uplink.link.capKbps = 800;
        uplink.run(12_000);
        uplink.link.capKbps = capKbps;
        uplink.run(4_000);
        expect(uplink.offeredKbps(22_500, 24_000)).toBeGreaterThan(0.75 * capKbps);
      }
    }
  });

  it('is silent in an outage and back with a key frame soon after it', () => {
    for (const seed of SEEDS) {
      const uplink = settled(seed);
      uplink.link.down = true;
      uplink.run(1_500);
      expect(uplink.control.silent).toBe(true);
      // Sound only, which tells when the path is back.
      expect(uplink.offeredKbps(8_800, 9_500)).toBeLessThan(100);
      uplink.link.down = false;
      uplink.run(5_000);
      expect(frozenMs(uplink.gapsMs(8_000, 14_000))).toBeLessThan(2_500);
      expect(uplink.control.silent).toBe(false);
    }
  });

  it('repairs random loss of 2 % without a visible stop', () => {
    const stops = SEEDS.map((seed) => {
      const uplink = settled(seed);
      uplink.run(10_000);
      return frozenMs(uplink.gapsMs(8_000, 18_000));
    });
    expect(median(stops)).toBe(0);
  });

  it('is not driven down by the jitter of a radio link', () => {
    for (const seed of SEEDS) {
      const uplink = new SimulatedUplink({ seed });
      uplink.link.jitterMs = 25;
      uplink.run(4_000);
      for (let i = 0; i < 20; i++) {
        uplink.run(500);
        expect(uplink.control.kbps).toBeGreaterThan(2_500);
      }
    }
  });

  it('is not driven down by a busy hub that stalls for 150 ms every second', () => {
    for (const seed of SEEDS) {
      const uplink = new SimulatedUplink({ seed });
      uplink.link.stallMs = 150;
      uplink.run(4_000);
      for (let i = 0; i < 20; i++) {
        uplink.run(500);
        expect(uplink.control.kbps).toBeGreaterThan(2_300);
      }
    }
  });

  it('does not believe in more than what it has seen pass', () => {
    const uplink = new SimulatedUplink({ seed: 5, wantedKbps: 300, maxKbps: 50_000 });
    uplink.link.capKbps = 2_000;
    uplink.run(30_000);
    expect(uplink.control.kbps).toBeLessThan(2_100);
  });

  it('whatever the link does: never below its least, never above its most, a short queue once it has settled, and recovery', () => {
    const weather = fc.record({
      capKbps: fc.integer({ min: 300, max: 12_000 }),
      delayMs: fc.integer({ min: 2, max: 120 }),
      jitterMs: fc.integer({ min: 0, max: 20 }),
      lossPart: fc.double({ min: 0, max: 0.05, noNaN: true }),
      queueLimitMs: fc.integer({ min: 100, max: 1_500 }),
      down: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.nat(), fc.array(weather, { minLength: 1, maxLength: 4 }), (seed, changes) => {
        const uplink = new SimulatedUplink({ seed });
        for (const change of changes) {
          uplink.link = change;
          for (let i = 0; i < 20; i++) {
            uplink.run(100);
            expect(uplink.control.kbps).toBeGreaterThanOrEqual(120);
            expect(uplink.control.kbps).toBeLessThanOrEqual(3_125);
          }
        }
        const last = { ...(changes.at(-1) ?? uplink.link), down: false, jitterMs: 0 };
        uplink.link = last;
        uplink.run(6_000);
        const capacityKbps = Math.min(last.capKbps, 2_500);
        const fromMs = uplink.nowMs;
        uplink.maxQueueMs = 0;
        uplink.run(5_000);
        // Pictures again, at a good part of what the link carries, and no queue that would age them by a second.
        expect(uplink.shownAtMs.filter((atMs) => atMs > fromMs).length).toBeGreaterThan(25);
        expect(uplink.offeredKbps(fromMs, uplink.nowMs)).toBeGreaterThan(0.3 * capacityKbps);
        expect(uplink.maxQueueMs).toBeLessThan(600);
      }),
      { numRuns: 40, seed: 20261125 },
    );
  });
});

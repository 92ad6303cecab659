import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VideoFeedConfig } from '../engine.ts';
import { allocateKbps, ladderOf } from './rate-allocation.ts';
import type { Share } from './rate-allocation.ts';

const face: Share = { streamClass: 'face', minKbps: 150, maxKbps: 800, layers: 1, lowerAllowed: 0 };
const probe: Share = { streamClass: 'clinical', minKbps: 500, maxKbps: 4_000, layers: 1, lowerAllowed: 0 };

describe('rate allocation', () => {
  it('gives everyone the maximum on a good link', () => {
    expect(allocateKbps(10_000, 40, [face, probe])).toEqual([[800], [4_000]]);
  });

  it('takes from the face first', () => {
    expect(allocateKbps(3_000, 40, [face, probe])).toEqual([[150], [2_570]]);
  });

  it('keeps the clinical minimum when there is not enough for both', () => {
    expect(allocateKbps(600, 40, [face, probe])).toEqual([[12], [500]]);
    expect(allocateKbps(20, 40, [face, probe])).toEqual([[0], [0]]);
  });
});

describe('sizes of one picture', () => {
  const ladder: Share = { ...probe, layers: 3, lowerAllowed: 2 };
  /** Of one feed alone, when this much is left for pictures. */
  const alone = (kbps: number, share: Share): number[] =>
    allocateKbps(kbps / 0.92 + 0.001, 0, [share])[0] ?? [];
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

  it('each get a quarter of the next', () => {
    expect(alone(5_250, ladder)).toEqual([250, 1_000, 4_000]);
    expect(alone(2_625, ladder)).toEqual([125, 500, 2_000]);
    expect(alone(2_500, { ...ladder, layers: 2 })).toEqual([500, 2_000]);
  });

  it('pause before the largest falls below its minimum, the smallest last, and leave it all to the largest', () => {
    expect(alone(656, ladder)).toEqual([50, 0, 606]);
    expect(alone(660, ladder)).toEqual([50, 0, 610]);
    expect(alone(700, ladder)).toEqual([50, 133, 516]);
    expect(alone(549, ladder)).toEqual([0, 0, 549]);
    expect(alone(300, ladder)).toEqual([0, 0, 300]);
  });

  it('come no further than allowed', () => {
    expect(alone(5_250, { ...ladder, lowerAllowed: 1 })).toEqual([250, 0, 4_000]);
    expect(alone(5_250, { ...ladder, lowerAllowed: 0 })).toEqual([0, 0, 4_000]);
  });

  it('come after the minimum of every feed, on top of the maximum of the largest', () => {
    const clinical: Share = { ...probe, minKbps: 4_000, layers: 2, lowerAllowed: 1 };
    expect(allocateKbps(10_000, 40, [face, clinical])).toEqual([[800], [1_000, 4_000]]);
    expect(allocateKbps(5_700, 40, [face, clinical])).toEqual([[204], [1_000, 4_000]]);
    // No room for the fifth megabit: the small size pauses, the clinical picture does not notice, and the face has what is over.
    expect(allocateKbps(5_500, 40, [face, clinical])).toEqual([[800], [0, 4_000]]);
    expect(allocateKbps(4_600, 40, [face, clinical])).toEqual([[192], [0, 4_000]]);
    expect(allocateKbps(4_000, 40, [face, clinical])).toEqual([[0], [0, 3_640]]);
  });

  it('never take from a minimum, nor give more than there is, nor a stump to anyone', () => {
    const feed = fc
      .record({
        streamClass: fc.constantFrom('clinical' as const, 'face' as const),
        minKbps: fc.integer({ min: 50, max: 4_000 }),
        over: fc.integer({ min: 0, max: 4_000 }),
        layers: fc.integer({ min: 1, max: 3 }),
        lowerAllowed: fc.integer({ min: 0, max: 2 }),
      })
      .map(({ over, ...share }): Share => ({ ...share, maxKbps: share.minKbps + over }));
    const kbps = fc.integer({ min: 0, max: 40_000 });
    fc.assert(
      fc.property(kbps, fc.array(feed, { minLength: 1, maxLength: 4 }), (total, shares) => {
        const given = allocateKbps(total, 40, shares);
        const oneSize = allocateKbps(
          total,
          40,
          shares.map((share) => ({ ...share, layers: 1 })),
        );
        expect(sum(given.flat())).toBeLessThanOrEqual(Math.max(0, total * 0.92 - 40));
        shares.forEach((share, i) => {
          const [largest = 0, ...lower] = [...(given[i] ?? [])].reverse();
          expect(lower).toHaveLength(share.layers - 1);
          expect(largest).toBeLessThanOrEqual(share.maxKbps);
          // The minimum is never touched for anyone's smaller size.
          const before = Math.min(share.minKbps, oneSize[i]?.[0] ?? 0);
          expect(largest).toBeGreaterThanOrEqual(Math.floor(before));
          for (const one of lower) expect(one === 0 || one >= 50).toBe(true);
          const [smallest = 0] = [...lower].reverse();
          if (lower.some((one) => one > 0)) expect(smallest).toBeGreaterThan(0);
        });
      }),
    );
  });
});

describe('the ladder of a feed', () => {
  const feed = (width: number, height: number, simulcastLayers?: 1 | 2 | 3): VideoFeedConfig => ({
    slot: 'probe',
    streamClass: 'clinical',
    label: '',
    source: { kind: 'sector-scan', width, height, framesPerSecond: 30 },
    minBitrateKbps: 500,
    maxBitrateKbps: 4_000,
    ...(simulcastLayers === undefined ? {} : { simulcastLayers }),
  });

  it('counts what smaller sizes can use on top', () => {
    expect(ladderOf(feed(1280, 720))).toEqual({ layers: 1, usableKbps: 4_000 });
    expect(ladderOf(feed(1280, 720, 2))).toEqual({ layers: 2, usableKbps: 5_000 });
    expect(ladderOf(feed(1280, 720, 3))).toEqual({ layers: 3, usableKbps: 5_250 });
    expect(ladderOf(feed(640, 360, 3))).toEqual({ layers: 2, usableKbps: 5_000 });
  });
});

import { expect, it } from 'vitest';
import { trendShape } from './trend-shape.ts';

const record = {
  fromMs: 0,
  untilMs: 100_000,
  gaps: [{ fromMs: 40_000, untilMs: 60_000, reason: 'unknown' as const }],
  spans: [
    { fromMs: 0, untilMs: 40_000, late: null },
    { fromMs: 60_000, untilMs: 100_000, late: { byMs: 20_000, receivedAtMs: 120_000 } },
  ],
};
const box = { width: 100, height: 50 };
const point = (atS: number, low: number, high = low) => ({ atMs: atS * 1000, low, high });

it('draws a line that is broken where nothing was recorded, over the late spans', () => {
  const shape = trendShape([point(10, 60), point(30, 60, 160), point(70, 110)], record, box);
  expect(shape).toEqual({ path: 'M10 50h0L30 50V0M70 25h0', low: 60, high: 160, late: [[60, 40]] });
});

it('draws what never changes in the middle', () => {
  expect(trendShape([point(10, 97), point(20, 97)], record, box).path).toBe('M10 25h0L20 25');
});

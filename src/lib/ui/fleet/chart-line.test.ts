import { expect, it } from 'vitest';
import { chartLine } from './chart-line.ts';

const box = { width: 100, height: 10, fromMs: 0, toMs: 100 };

it('draws what is known, from the left below to the right above', () => {
  const line = chartLine(
    [
      { atMs: 0, value: 5 },
      { atMs: 50, value: null },
      { atMs: 100, value: 15 },
    ],
    box,
  );
  expect(line).toEqual({ path: 'M0.0 10.0h0L100.0 0.0', low: 5, high: 15, last: 15 });
});

it('does not draw over a gap', () => {
  const at = [0, 10, 20, 80, 90].map((atMs) => ({ atMs, value: 1 }));
  expect(chartLine(at, box)?.path.match(/M/g)?.length).toBe(2);
});

it('keeps to a scale that is given, and says nothing of nothing', () => {
  expect(chartLine([{ atMs: 0, value: 50 }], { ...box, floor: 0, ceiling: 100 })?.path).toBe('M0.0 5.0h0');
  expect(chartLine([{ atMs: 0, value: null }], box)).toBeNull();
});

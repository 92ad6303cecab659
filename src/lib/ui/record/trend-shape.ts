import type { RoomRecord } from '../../records/index.ts';

/** A line through the lows and highs of a trend, broken at gaps, and where the late spans lie behind it: [x, width]. */
export function trendShape(
  points: RoomRecord['trends'][number]['points'],
  record: Pick<RoomRecord, 'fromMs' | 'untilMs' | 'gaps' | 'spans'>,
  box: { width: number; height: number },
): { path: string; low: number; high: number; late: [number, number][] } {
  const { fromMs, untilMs, gaps, spans } = record;
  const low = points.reduce((least, point) => Math.min(least, point.low), Infinity);
  const high = points.reduce((most, point) => Math.max(most, point.high), -Infinity);
  const rangeMs = Math.max(1, untilMs - fromMs);
  const x = (atMs: number): number => Math.round(((atMs - fromMs) / rangeMs) * box.width * 10) / 10;
  // A flat line lies in the middle.
  const y = (value: number): number =>
    high === low ? box.height / 2 : Math.round((1 - (value - low) / (high - low)) * box.height * 10) / 10;
  let path = '';
  points.forEach((point, i) => {
    const before = points[i - 1];
    const isBroken = !before || gaps.some((gap) => gap.fromMs < point.atMs && gap.untilMs > before.atMs);
    path += `${isBroken ? 'M' : 'L'}${x(point.atMs)} ${y(point.low)}`;
    // A point alone is drawn as a dot: a line of no length with round ends.
    path += point.high === point.low ? (isBroken ? 'h0' : '') : `V${y(point.high)}`;
  });
  const late = spans
    .filter((span) => span.late)
    .map((span): [number, number] => [x(span.fromMs), Math.max(2, x(span.untilMs) - x(span.fromMs))]);
  return { path, low, high, late };
}

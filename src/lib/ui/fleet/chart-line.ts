export interface ChartPoint {
  atMs: number;
  value: number | null;
}

export interface ChartLine {
  /** SVG path data; a new line begins behind every gap. */
  path: string;
  low: number;
  high: number;
  last: number;
}

/** More than this many usual steps without a point is a gap, not a slope. */
const GAP_STEPS = 3;

/** Draws points into a box of `width` by `height`; null when there is nothing to draw. */
export function chartLine(
  points: readonly ChartPoint[],
  box: { width: number; height: number; fromMs: number; toMs: number; floor?: number; ceiling?: number },
): ChartLine | null {
  const known = points.filter((point): point is { atMs: number; value: number } => point.value !== null);
  const last = known.at(-1);
  if (!last) return null;
  const values = known.map(({ value }) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const floor = Math.min(low, box.floor ?? low);
  const ceiling = Math.max(high, box.ceiling ?? high);
  const range = ceiling - floor || 1;
  const steps = known.slice(1).map(({ atMs }, i) => atMs - (known[i]?.atMs ?? atMs));
  const gapMs = GAP_STEPS * (steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? Infinity);
  const x = (atMs: number) => ((atMs - box.fromMs) / (box.toMs - box.fromMs)) * box.width;
  const y = (value: number) => box.height - ((value - floor) / range) * box.height;
  let path = '';
  known.forEach(({ atMs, value }, i) => {
    const before = known[i - 1];
    const begins = !before || atMs - before.atMs > gapMs;
    const place = `${x(atMs).toFixed(1)} ${y(value).toFixed(1)}`;
    // A point alone is drawn as a dot: a line of no length with round ends.
    path += begins ? `M${place}h0` : `L${place}`;
  });
  return { path, low, high, last: last.value };
}

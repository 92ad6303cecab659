/** Straight line through the points by least squares: its slope, and the slope's standard error. */
export function slopePerHour(points: readonly { atMs: number; value: number }[]): {
  perHour: number;
  errorPerHour: number;
} {
  const count = points.length;
  const mean = (of: (p: { atMs: number; value: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / count;
  const meanMs = mean(({ atMs }) => atMs);
  const meanValue = mean(({ value }) => value);
  const spread = points.reduce((sum, { atMs }) => sum + (atMs - meanMs) ** 2, 0);
  const perMs = points.reduce((sum, p) => sum + (p.atMs - meanMs) * (p.value - meanValue), 0) / spread;
  const left = points.reduce((sum, p) => sum + (p.value - meanValue - perMs * (p.atMs - meanMs)) ** 2, 0);
  const hour = 3_600_000;
  return { perHour: perMs * hour, errorPerHour: Math.sqrt(left / Math.max(1, count - 2) / spread) * hour };
}

/** Of some measurements, in their unit. */
export interface Summary {
  count: number;
  min: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export function summarise(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  // Nearest rank.
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!);
  return {
    count: sorted.length,
    min: at(1 / sorted.length),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}

export function median(values: readonly number[]): number {
  return summarise(values).p50;
}

const round = (value: number) => Math.round(value * 1000) / 1000;

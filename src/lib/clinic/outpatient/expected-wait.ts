/** Ours: how long an outpatient visit takes as long as the doctor's own are not known. */
export const PRIOR_VISIT_MS = 8 * 60_000;
/** Ours: how much visits differ, as the standard deviation of the logarithm. */
const PRIOR_SPREAD = 0.6;
/** Ours: so many own visits weigh as much as what is assumed. */
const PRIOR_VISITS = 5;
/** Ours, measured against the simulation: from one patient out to the next one in, breaks included. */
const GAP_MS = 60_000;
const GAP_SPREAD_MS = 2 * 60_000;
/** Ours: of those who checked in, so many are still there when they are called; others cost the time of a call. */
const COMES = 0.92;
const MISSED_MS = 3 * 60_000;

/** Standard normal quantile of 0.8. */
const P80 = 0.8416;

/** What is told: half of all waits are over by `lowMs`, four of five by `highMs`. */
export interface ExpectedWait {
  lowMs: number;
  highMs: number;
}

export interface DoctorsDay {
  /** How long the doctor's last visits took, from the call to the end. */
  lengthsMs: readonly number[];
  /** How long the present one has taken so far; null when nobody is in. */
  presentMs: number | null;
}

/**
 * How long somebody waits who has `ahead` others before them. Visit lengths are taken for lognormal, by the median of the doctor's last visits and
 * their usual deviation from it, so that one visit of an hour does not lengthen every wait of the week; what the present visit has taken already is
 * counted (the longer one takes, the longer it is likely to take still).
 */
export function expectedWait({ lengthsMs, presentMs }: DoctorsDay, ahead: number): ExpectedWait {
  // The doctor is free and it is their turn: at once, or when the doctor looks up.
  if (ahead === 0 && presentMs === null) return { lowMs: 0, highMs: GAP_MS + P80 * GAP_SPREAD_MS };
  const visit = visitModel(lengthsMs);
  const whole = moments(visit);
  const rest = presentMs === null ? { mean: 0, variance: 0 } : remaining(visit, presentMs);
  const each = {
    mean: COMES * whole.mean + (1 - COMES) * MISSED_MS,
    square: COMES * (whole.variance + whole.mean ** 2) + (1 - COMES) * MISSED_MS ** 2,
  };
  const gaps = ahead + 1;
  const mean = rest.mean + ahead * each.mean + gaps * GAP_MS;
  const variance = rest.variance + ahead * (each.square - each.mean ** 2) + gaps * GAP_SPREAD_MS ** 2;
  // The sum of lognormals is nearly one, with the same mean and variance (Fenton 1960).
  const spread2 = Math.log(1 + variance / mean ** 2);
  const middle = Math.log(mean) - spread2 / 2;
  return { lowMs: Math.exp(middle), highMs: Math.exp(middle + P80 * Math.sqrt(spread2)) };
}

interface Lognormal {
  middle: number;
  spread: number;
}

export function visitModel(lengthsMs: readonly number[]): Lognormal {
  const logs = lengthsMs.filter((length) => length > 0).map(Math.log);
  const prior: Lognormal = { middle: Math.log(PRIOR_VISIT_MS), spread: PRIOR_SPREAD };
  if (logs.length === 0) return prior;
  const own = median(logs);
  // 1.4826: makes the median deviation a standard deviation where values are normal.
  const ownSpread = 1.4826 * median(logs.map((each) => Math.abs(each - own)));
  const weight = logs.length / (logs.length + PRIOR_VISITS);
  return {
    middle: weight * own + (1 - weight) * prior.middle,
    spread: Math.min(1, Math.max(0.2, weight * ownSpread + (1 - weight) * prior.spread)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}

function moments({ middle, spread }: Lognormal): { mean: number; variance: number } {
  const mean = Math.exp(middle + spread ** 2 / 2);
  return { mean, variance: mean ** 2 * (Math.exp(spread ** 2) - 1) };
}

/** Of a visit that has taken `elapsedMs` already. */
function remaining({ middle, spread }: Lognormal, elapsedMs: number): { mean: number; variance: number } {
  if (elapsedMs <= 0) return moments({ middle, spread });
  // Beyond three deviations the tail is no longer what the model is about: it is then taken as it is there.
  const z = Math.min(3, (Math.log(elapsedMs) - middle) / spread);
  const at = Math.exp(middle + spread * z);
  const tail = upper(z);
  const first = (Math.exp(middle + spread ** 2 / 2) * upper(z - spread)) / tail;
  const second = (Math.exp(2 * middle + 2 * spread ** 2) * upper(z - 2 * spread)) / tail;
  return { mean: Math.max(0, first - at), variance: Math.max(0, second - first ** 2) };
}

/** How much of a standard normal lies above z; Abramowitz and Stegun 26.2.17, to 7.5e-8. */
function upper(z: number): number {
  if (z < 0) return 1 - upper(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

import { Dice } from '../support/dice.ts';
import { linkState } from './link-state.ts';
import type { LinkState, LossBurst } from './link-state.ts';
import type { LinkEvent, Scenario } from './scenario.ts';

/** A distribution by points: parts of the samples, rising, and the value that so many do not exceed. */
type Quantiles = readonly (readonly [part: number, value: number])[];

/** A kind of mobile link. Numbers are from `source`; those marked "ours" are inferred. */
export interface Profile {
  name: string;
  source: string;
  uplinkKbps: Quantiles;
  /** Both ways together. */
  pingMs: Quantiles;
  jitterMs: number;
  queueMs: number;
  lossPart: number;
  burst: LossBurst | null;
  /** Spells in which hardly anything gets through: part of the time, and how much does. */
  poor: { part: number; lengthMs: number; kbps: number } | null;
  /** Nothing moves for the gap; what fits in the queue comes after it. */
  handover: { everyMs: number; gapMs: readonly [number, number] } | null;
}

const driving: Quantiles = [
  // Ping while driving, p50/p95/p99 75/94/186 ms: UCC 5G dataset, recomputed. Ends: ours.
  [0, 55],
  [0.5, 75],
  [0.95, 94],
  [0.99, 186],
  [1, 250],
];
/** 14.6 % of samples under 1 Mbit/s, down: UCC 5G dataset. That they are spells of 4 s, and the uplink no better: ours. */
const drivingPoor = { part: 0.146, lengthMs: 4_000, kbps: 1_000 };
/** A radio that loses what it sends loses some in a row; about 1 % in all: ours. */
const fading: LossBurst = { enterPart: 0.002, leavePart: 0.1, lossPart: 0.3 };

export const PROFILES: readonly Profile[] = [
  {
    name: '5g-sa',
    source: 'SIGCOMM’21 artifact (uplink), Luxembourg 5G SA/NSA study (ping)',
    // Uplink p5/p50/p95 32/39/45 Mbit/s: SIGCOMM’21 artifact, recomputed. Ends: ours.
    uplinkKbps: [
      [0, 28_000],
      [0.05, 32_000],
      [0.5, 39_000],
      [0.95, 45_000],
      [1, 48_000],
    ],
    // 47 ms: Luxembourg study. Spread: ours.
    pingMs: [
      [0, 35],
      [0.5, 47],
      [0.95, 60],
      [1, 90],
    ],
    // Ours.
    jitterMs: 4,
    queueMs: 200,
    lossPart: 0.001,
    burst: null,
    poor: null,
    handover: null,
  },
  {
    name: '5g-nsa-driving',
    source:
      'SIGCOMM’21 artifact (uplink), UCC 5G dataset (ping, cell changes, poor spells), SIGCOMM’20 (gap)',
    // Uplink p5/p50/p95 36/77/98 Mbit/s: SIGCOMM’21 artifact, recomputed. Ends: ours.
    uplinkKbps: [
      [0, 20_000],
      [0.05, 36_000],
      [0.5, 77_000],
      [0.95, 98_000],
      [1, 105_000],
    ],
    pingMs: driving,
    // Ours.
    jitterMs: 8,
    queueMs: 400,
    lossPart: 0.002,
    burst: fading,
    poor: drivingPoor,
    // A cell change every 47 s: UCC 5G dataset; 35–110 ms: SIGCOMM’20, recomputed.
    handover: { everyMs: 47_000, gapMs: [35, 110] },
  },
  {
    name: 'handover-train',
    source: 'SIGCOMM’20 and M2HO (gap); the rest ours',
    // Ours: a carriage shares a cell.
    uplinkKbps: [
      [0, 2_500],
      [0.5, 8_000],
      [1, 20_000],
    ],
    pingMs: driving,
    // Ours, as is a cell every 12 s: about a kilometre at 300 km/h.
    jitterMs: 12,
    queueMs: 400,
    lossPart: 0.005,
    burst: fading,
    poor: null,
    // 35–110 ms: SIGCOMM’20, recomputed.
    handover: { everyMs: 12_000, gapMs: [35, 110] },
  },
  {
    name: 'saturated-handover',
    source: 'M2HO (seconds of gap when the link is saturated); the rest ours',
    // Ours: hardly more than the picture needs.
    uplinkKbps: [
      [0, 2_000],
      [0.5, 3_000],
      [1, 4_000],
    ],
    pingMs: driving,
    // Ours: a deep queue is what a saturated link is.
    jitterMs: 8,
    queueMs: 1_500,
    lossPart: 0.002,
    burst: null,
    poor: null,
    // Seconds: M2HO, recomputed. How often: ours.
    handover: { everyMs: 20_000, gapMs: [1_000, 2_500] },
  },
  {
    name: 'county-4g',
    source: 'UCC 5G dataset (ping, poor spells); the rest ours',
    // Ours.
    uplinkKbps: [
      [0, 1_200],
      [0.05, 1_800],
      [0.5, 4_000],
      [0.95, 8_000],
      [1, 12_000],
    ],
    pingMs: driving,
    // Ours.
    jitterMs: 10,
    queueMs: 600,
    lossPart: 0.003,
    burst: fading,
    poor: { ...drivingPoor, kbps: 700 },
    handover: null,
  },
];

const STEP_MS = 1_000;
/** How far rate and ping wander in a step, as a part of their whole range. */
const WANDER = 0.15;
const WARM_UP_MS = 10_000;
const DURATION_MS = 60_000;

/** The link of a profile from step to step; the same seed gives the same link. */
export function profileScenario(profile: Profile, seed: number, durationMs = DURATION_MS): Scenario {
  const states = statesOf(profile, new Dice(seed), durationMs);
  const [start, ...later] = states;
  return {
    name: profile.name,
    source: profile.source,
    start: start!.link,
    events: later.map(({ atMs, link }): LinkEvent => ({ type: 'link', atMs, link })),
    phases: [{ kind: 'whole', label: 'counted from here', startMs: WARM_UP_MS, endMs: durationMs }],
    durationMs,
  };
}

function statesOf(profile: Profile, dice: Dice, durationMs: number): { atMs: number; link: LinkState }[] {
  const gaps = handoverGaps(profile, dice, durationMs);
  const poor = poorSteps(profile, dice, Math.ceil(durationMs / STEP_MS));
  let [rate, ping] = [dice.next(), dice.next()];
  const states = poor.flatMap((isPoor, step) => {
    rate = wander(rate, dice);
    ping = wander(ping, dice);
    const usual = stateOf(profile, rate, ping, isPoor);
    const atMs = step * STEP_MS;
    const endMs = atMs + STEP_MS;
    const within: { atMs: number; link: LinkState }[] = [];
    if (!gaps.some(({ startMs, endMs: over }) => startMs <= atMs && atMs < over))
      within.push({ atMs, link: usual });
    for (const gap of gaps) {
      if (gap.startMs >= atMs && gap.startMs < endMs)
        within.push({ atMs: gap.startMs, link: standingStill(usual) });
      if (gap.endMs > atMs && gap.endMs <= endMs) within.push({ atMs: gap.endMs, link: usual });
    }
    return within;
  });
  return states.sort((a, b) => a.atMs - b.atMs);
}

function stateOf(profile: Profile, rate: number, ping: number, isPoor: boolean): LinkState {
  const { jitterMs, queueMs, lossPart, burst, poor } = profile;
  const delayMs = at(profile.pingMs, ping) / 2;
  const usualKbps = at(profile.uplinkKbps, rate);
  const up = { capKbps: isPoor && poor ? Math.min(usualKbps, poor.kbps) : usualKbps, lossPart, burst };
  const down = { capKbps: isPoor && poor ? poor.kbps : Infinity };
  return linkState({ delayMs, jitterMs, queueMs }, up, down);
}

const standingStill = ({ up, down }: LinkState): LinkState => ({
  up: { ...up, capKbps: 0 },
  down: { ...down, capKbps: 0 },
});

/** The first one comes somewhere in the first interval after the warm-up. */
function handoverGaps(
  { handover }: Profile,
  dice: Dice,
  durationMs: number,
): { startMs: number; endMs: number }[] {
  if (!handover) return [];
  const { everyMs, gapMs } = handover;
  const gaps = [];
  for (let startMs = WARM_UP_MS + dice.next() * everyMs; startMs < durationMs; startMs += everyMs) {
    gaps.push({ startMs, endMs: startMs + gapMs[0] + dice.next() * (gapMs[1] - gapMs[0]) });
  }
  return gaps;
}

/** Spells that begin and end by chance, so that their part and their mean length come out right. */
function poorSteps({ poor }: Profile, dice: Dice, steps: number): boolean[] {
  if (!poor) return Array.from({ length: steps }, () => false);
  const leave = STEP_MS / poor.lengthMs;
  const enter = (leave * poor.part) / (1 - poor.part);
  let isPoor = false;
  return Array.from({ length: steps }, () => {
    isPoor = isPoor ? !dice.chance(leave) : dice.chance(enter);
    return isPoor;
  });
}

/** A walk between 0 and 1 that turns at its ends, so that every part is as likely. */
function wander(part: number, dice: Dice): number {
  const next = part + (2 * dice.next() - 1) * WANDER;
  return next < 0 ? -next : next > 1 ? 2 - next : next;
}

function at(quantiles: Quantiles, part: number): number {
  const upper = Math.max(
    1,
    quantiles.findIndex(([p]) => p >= part),
  );
  const [fromPart, from] = quantiles[upper - 1]!;
  const [toPart, to] = quantiles[upper]!;
  return from + ((part - fromPart) / (toPart - fromPart)) * (to - from);
}

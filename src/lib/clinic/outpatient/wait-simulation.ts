import { expectedWait, PRIOR_VISIT_MS, type ExpectedWait } from './expected-wait.ts';

const MINUTE = 60_000;

export interface SimulatedClinic {
  seed: number;
  doctors: number;
  /** Mornings of each doctor, one after the other: what is known of the doctor grows. */
  sessions: number;
  patientsPerSession: number;
}

export interface WaitErrors {
  waits: number;
  meanWaitMs: number;
  /** How far off what was told is, in the mean; of the range its lower end, which is the expectation's middle. */
  absoluteErrorMs: number;
  /** Told minus real: below zero is "it took longer than we said". */
  biasMs: number;
}

export interface SimulationResult {
  told: WaitErrors & { withinRange: number; overByHigh: number };
  /** 8 minutes for everybody ahead and for who is in. */
  naive: WaitErrors;
}

interface Observation {
  told: ExpectedWait;
  naiveMs: number;
  realMs: number;
}

/**
 * A county clinic's mornings: a booked time every ten minutes, people early or late for it, visits that differ by doctor and are skewed, one in
 * twelve gone when called, a break now and then. Each patient is told a wait at check-in and whenever the queue moves; what is told at check-in
 * counts. All numbers of the simulated clinic are ours.
 */
export function simulateWaits({
  seed,
  doctors,
  sessions,
  patientsPerSession,
}: SimulatedClinic): SimulationResult {
  const random = randomOf(seed);
  const observations: Observation[] = [];
  for (let doctor = 0; doctor < doctors; doctor++) {
    const middle = Math.log((5 + 7 * random.uniform()) * MINUTE);
    const spread = 0.35 + 0.4 * random.uniform();
    const lengthsMs: number[] = [];
    for (let session = 0; session < sessions; session++)
      observations.push(...morning({ random, middle, spread, lengthsMs, patients: patientsPerSession }));
  }
  return summary(observations);
}

function morning(day: {
  random: Random;
  middle: number;
  spread: number;
  /** Grows. */
  lengthsMs: number[];
  patients: number;
}): Observation[] {
  const { random, middle, spread, lengthsMs, patients } = day;
  const arrivals = Array.from({ length: patients }, (_, index) => ({
    index,
    atMs: Math.max(0, index * 10 * MINUTE + (random.normal() * 8 - 6) * MINUTE),
    comes: random.uniform() > 1 / 12,
    told: null as ExpectedWait | null,
    naiveMs: 0,
  })).sort((a, b) => a.atMs - b.atMs);
  const rankOf = ({ index, atMs }: { index: number; atMs: number }) => Math.max(index * 10 * MINUTE, atMs);
  const waiting: typeof arrivals = [];
  const seen: Observation[] = [];
  let nowMs = 0;
  let next = 0;
  /** Everybody who checks in until then is told what to expect. */
  const checkInUntil = (untilMs: number, since: number | null): void => {
    for (let each = arrivals[next]; each && each.atMs <= untilMs; each = arrivals[++next]) {
      const own = rankOf(each);
      const ahead = waiting.filter((other) => rankOf(other) <= own).length;
      const presentMs = since === null ? null : each.atMs - since;
      each.told = expectedWait({ lengthsMs: lengthsMs.slice(-30), presentMs }, ahead);
      each.naiveMs = PRIOR_VISIT_MS * (ahead + (since === null ? 0 : 1));
      waiting.push(each);
    }
  };
  while (next < arrivals.length || waiting.length > 0) {
    checkInUntil(nowMs, null);
    waiting.sort((a, b) => rankOf(a) - rankOf(b));
    const patient = waiting.shift();
    if (!patient) {
      nowMs = arrivals[next]?.atMs ?? nowMs;
      continue;
    }
    const beganMs = nowMs;
    if (patient.comes && patient.told)
      seen.push({ told: patient.told, naiveMs: patient.naiveMs, realMs: beganMs - patient.atMs });
    const lengthMs = patient.comes ? Math.exp(middle + spread * random.normal()) : 3 * MINUTE;
    checkInUntil(beganMs + lengthMs, beganMs);
    nowMs = beganMs + lengthMs;
    if (patient.comes) lengthsMs.push(lengthMs);
    const pauseMs = random.uniform() < 0.04 ? 10 * MINUTE * random.uniform() : 0;
    const gapMs = 30_000 * random.uniform() * 2 + pauseMs;
    checkInUntil(nowMs + gapMs, null);
    nowMs += gapMs;
  }
  return seen;
}

function summary(seen: readonly Observation[]): SimulationResult {
  const mean = (of: (each: Observation) => number) =>
    seen.reduce((sum, each) => sum + of(each), 0) / Math.max(1, seen.length);
  const errors = (told: (each: Observation) => number): WaitErrors => ({
    waits: seen.length,
    meanWaitMs: mean(({ realMs }) => realMs),
    absoluteErrorMs: mean((each) => Math.abs(told(each) - each.realMs)),
    biasMs: mean((each) => told(each) - each.realMs),
  });
  return {
    told: {
      ...errors(({ told }) => told.lowMs),
      withinRange: mean(({ told, realMs }) => Number(realMs >= told.lowMs && realMs <= told.highMs)),
      overByHigh: mean(({ told, realMs }) => Number(realMs <= told.highMs)),
    },
    naive: errors(({ naiveMs }) => naiveMs),
  };
}

interface Random {
  uniform(): number;
  normal(): number;
}

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

import { summarise } from '../../bench/statistics.ts';
import type { Recording } from './recording.ts';
import { SAMPLE_MS } from './relay-protocol.ts';
import type { Phase, Scenario } from './scenario.ts';
import { REFERENCE } from './reference.ts';

/** A gap between two pictures longer than this is a freeze. */
export const FREEZE_MS = 200;
/** What is offered is judged over windows of this length. */
const WINDOW_MS = 200;
const SECOND_MS = 1_000;
/** The rate before a cap is what was offered in its last seconds. */
const RATE_BEFORE_MS = 5_000;
const RETURNED_PART = 0.9;

/** Figures of one run; null where there was nothing to measure or it did not come to pass. */
export interface Figures {
  /** How late the relay was, in the worst of a hundred samples: whether the machine was fit to measure. */
  relayLateP99Ms?: number | null;
  /** From being told to publish until a viewer saw the first picture. */
  firstFrameMs?: number | null;
  /** The same, and ages, over a link that does nothing. */
  loopbackFirstFrameMs?: number | null;
  loopbackAgeP50Ms?: number | null;
  loopbackAgeP95Ms?: number | null;
  /** Kbit/s offered and age of the picture while all was well. */
  goodKbps?: number | null;
  goodAgeP50Ms?: number | null;
  goodAgeP95Ms?: number | null;
  capFramesPerSecond?: number | null;
  capFrozenS?: number | null;
  capLongestGapS?: number | null;
  /** From the cap's start until what is offered fits under it and stays there. */
  capFitsAfterS?: number | null;
  capAgeP95Ms?: number | null;
  /** From the cap's end until 90 % of the rate before is offered again. */
  returnAfterS?: number | null;
  returnedKbps?: number | null;
  outageFrozenS?: number | null;
  rebindLongestGapS?: number | null;
  moveLongestGapS?: number | null;
  /** Of a profile. */
  framesPerSecond?: number | null;
  frozenS?: number | null;
  longestGapS?: number | null;
  offeredKbps?: number | null;
  ageP50Ms?: number | null;
  ageP95Ms?: number | null;
}

export interface Gap {
  startMs: number;
  endMs: number;
}

/** From picture to picture; before the first and after the last there is a gap, too. */
export function gaps(recording: Recording, endMs: number): Gap[] {
  const times = [0, ...recording.frames.map(({ atMs }) => atMs), endMs];
  return times.slice(1).map((atMs, i) => ({ startMs: times[i]!, endMs: atMs }));
}

/** Seconds of a stretch in which the picture stood: of each gap longer than 200 ms, the whole part within the stretch. */
export function frozenS(all: readonly Gap[], { startMs, endMs }: Gap): number {
  const frozenMs = all
    .filter((gap) => gap.endMs - gap.startMs > FREEZE_MS)
    .reduce((sum, gap) => sum + Math.max(0, Math.min(gap.endMs, endMs) - Math.max(gap.startMs, startMs)), 0);
  return frozenMs / 1000;
}

/** From the end of the warm-up, which is where the first stretch begins. */
export function totalFrozenS(recording: Recording, { phases, durationMs }: Scenario): number {
  return frozenS(gaps(recording, durationMs), { startMs: phases[0]?.startMs ?? 0, endMs: durationMs });
}

/** The longest gap of which any part lies in a stretch, whole. */
export function longestGapS(all: readonly Gap[], { startMs, endMs }: Gap): number {
  const touching = all.filter((gap) => gap.endMs > startMs && gap.startMs < endMs);
  return Math.max(0, ...touching.map((gap) => gap.endMs - gap.startMs)) / 1000;
}

/** Mean offered rate of a stretch, by samples that begin in it. */
export function offeredKbps({ samples }: Pick<Recording, 'samples'>, { startMs, endMs }: Gap): number {
  const within = samples.filter(({ atMs }) => atMs >= startMs && atMs < endMs);
  if (within.length === 0) return NaN;
  return (within.reduce((sum, { bytes }) => sum + bytes, 0) * 8) / (within.length * SAMPLE_MS);
}

/** Seconds until the end of the first window of 200 ms under the cap after which no whole second is over it. */
export function fitsAfterS(recording: Recording, { startMs, endMs }: Gap, capKbps: number): number | null {
  const under = (fromMs: number, lengthMs: number) =>
    offeredKbps(recording, { startMs: fromMs, endMs: fromMs + lengthMs }) <= capKbps;
  // From the end back: the first second over the cap bounds the search.
  let staysFromMs = endMs - SECOND_MS;
  while (staysFromMs >= startMs && under(staysFromMs, SECOND_MS)) staysFromMs -= SAMPLE_MS;
  for (
    let fromMs = Math.max(startMs, staysFromMs + SAMPLE_MS);
    fromMs + SECOND_MS <= endMs;
    fromMs += SAMPLE_MS
  ) {
    if (under(fromMs, WINDOW_MS)) return (fromMs + WINDOW_MS - startMs) / 1000;
  }
  return null;
}

/** Seconds until the end of the first whole second that carries this much. */
export function reachesAfterS(recording: Recording, { startMs, endMs }: Gap, kbps: number): number | null {
  for (let fromMs = startMs; fromMs + SECOND_MS <= endMs; fromMs += SAMPLE_MS) {
    const reached = offeredKbps(recording, { startMs: fromMs, endMs: fromMs + SECOND_MS });
    if (reached >= kbps) return (fromMs + SECOND_MS - startMs) / 1000;
  }
  return null;
}

function ages(recording: Recording, { startMs, endMs }: Gap): { p50: number | null; p95: number | null } {
  const seen = recording.frames
    .filter(({ atMs, ageMs }) => ageMs !== null && atMs >= startMs && atMs < endMs)
    .map(({ ageMs }) => ageMs!);
  return seen.length > 0 ? summarise(seen) : { p50: null, p95: null };
}

function framesPerSecond(recording: Recording, { startMs, endMs }: Gap): number {
  const count = recording.frames.filter(({ atMs }) => atMs >= startMs && atMs < endMs).length;
  return count / ((endMs - startMs) / 1000);
}

/** What the scenario's phases say about one run. */
export function figuresOf(recording: Recording, scenario: Scenario): Figures {
  const all = gaps(recording, scenario.durationMs);
  const lates = recording.samples.map(({ lateMs }) => lateMs);
  const relayLateP99Ms = lates.length > 0 ? summarise(lates).p99 : null;
  return Object.assign({}, ...scenario.phases.map((phase) => figuresOfPhase(recording, phase, all)), {
    relayLateP99Ms,
  });
}

function figuresOfPhase(recording: Recording, phase: Phase, all: Gap[]): Figures {
  const { p50, p95 } = ages(recording, phase);
  const beforeKbps = (capStartMs: number) =>
    offeredKbps(recording, { startMs: capStartMs - RATE_BEFORE_MS, endMs: capStartMs });
  const { firstFrameMs } = recording;
  switch (phase.kind) {
    case 'loopback':
      return { loopbackFirstFrameMs: firstFrameMs, loopbackAgeP50Ms: p50, loopbackAgeP95Ms: p95 };
    case 'good':
      return {
        firstFrameMs,
        goodKbps: offeredKbps(recording, phase),
        goodAgeP50Ms: p50,
        goodAgeP95Ms: p95,
      };
    case 'cap':
      return {
        capFramesPerSecond: framesPerSecond(recording, phase),
        capFrozenS: frozenS(all, phase),
        capLongestGapS: longestGapS(all, phase),
        capFitsAfterS: fitsAfterS(recording, phase, REFERENCE.capKbps),
        capAgeP95Ms: p95,
      };
    case 'return': {
      const formerKbps = beforeKbps(phase.startMs - REFERENCE.capMs);
      const lastSeconds = { startMs: phase.endMs - RATE_BEFORE_MS, endMs: phase.endMs };
      return {
        returnAfterS: reachesAfterS(recording, phase, RETURNED_PART * formerKbps),
        returnedKbps: offeredKbps(recording, lastSeconds),
      };
    }
    case 'outage':
      return { outageFrozenS: frozenS(all, phase) };
    case 'rebind':
      return { rebindLongestGapS: longestGapS(all, phase) };
    case 'move':
      return { moveLongestGapS: longestGapS(all, phase) };
    case 'whole':
      return {
        firstFrameMs,
        framesPerSecond: framesPerSecond(recording, phase),
        frozenS: frozenS(all, phase),
        longestGapS: longestGapS(all, phase),
        offeredKbps: offeredKbps(recording, phase),
        ageP50Ms: p50,
        ageP95Ms: p95,
      };
  }
}

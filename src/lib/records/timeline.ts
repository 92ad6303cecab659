import { VITALS_NO_VALUE, type VitalsFrame } from '../vitals/frame.ts';

/** Live records come within a second or two; what took longer than this was delayed on the way. Ours. */
export const LATE_MS = 10_000;
/** Records of vitals follow each other within a second; a longer silence is a gap. Ours. */
export const GAP_MS = 3_000;

export interface Span {
  fromMs: number;
  untilMs: number;
  /** Set when it came late: by how much at most, and when the last of it came. */
  late: { byMs: number; receivedAtMs: number } | null;
}

/** One vitals record: when it was measured, and when it reached the hub. */
export interface Chunk extends Pick<Span, 'fromMs' | 'untilMs'> {
  receivedAtMs: number;
}

/** Late by how much; null for what came in time. */
export function lateBy(takenUntilMs: number, receivedAtMs: number): number | null {
  const byMs = receivedAtMs - takenUntilMs;
  return byMs > LATE_MS ? byMs : null;
}

/** Chunks in the order of their true time become spans without a gap, late ones apart from those in time. */
export function spansOf(chunks: readonly Chunk[]): Span[] {
  const spans: Span[] = [];
  for (const { fromMs, untilMs, receivedAtMs } of chunks) {
    const byMs = lateBy(untilMs, receivedAtMs);
    const last = spans.at(-1);
    const follows = last && fromMs - last.untilMs <= GAP_MS && (last.late === null) === (byMs === null);
    if (!follows) {
      spans.push({ fromMs, untilMs, late: byMs === null ? null : { byMs, receivedAtMs } });
      continue;
    }
    last.untilMs = Math.max(last.untilMs, untilMs);
    if (last.late && byMs !== null) {
      last.late.byMs = Math.max(last.late.byMs, byMs);
      last.late.receivedAtMs = Math.max(last.late.receivedAtMs, receivedAtMs);
    }
  }
  return spans;
}

export type GapReason = 'lost' | 'restarted' | 'away' | 'unknown';
export interface Gap {
  fromMs: number;
  untilMs: number;
  reason: GapReason;
}

/** What the box says happened between two moments; more than one may fit, the worst is told. */
export interface Cause {
  fromMs: number;
  untilMs: number;
  reason: Exclude<GapReason, 'unknown'>;
}

export function gapsOf(spans: readonly Span[], causes: readonly Cause[]): Gap[] {
  const gaps: Gap[] = [];
  for (let i = 1; i < spans.length; i++) {
    const fromMs = spans[i - 1]!.untilMs;
    const untilMs = spans[i]!.fromMs;
    if (untilMs - fromMs <= GAP_MS) continue;
    const fitting = causes.filter(
      (cause) => cause.fromMs <= untilMs + GAP_MS && cause.untilMs >= fromMs - GAP_MS,
    );
    const reason =
      (['lost', 'restarted', 'away'] as const).find((name) =>
        fitting.some((cause) => cause.reason === name),
      ) ?? 'unknown';
    gaps.push({ fromMs, untilMs, reason });
  }
  return gaps;
}

export interface Point {
  atMs: number;
  low: number;
  high: number;
}

/** Single readings of one signal, as lowest and highest in each of so many equal parts of the time. */
export class Trend {
  readonly #fromMs: number;
  readonly #bucketMs: number;
  readonly #points = new Map<number, Point>();

  constructor(fromMs: number, untilMs: number, buckets: number) {
    this.#fromMs = fromMs;
    this.#bucketMs = Math.max(1000, (untilMs - fromMs) / buckets);
  }

  add(atMs: number, value: number): void {
    const bucket = Math.floor((atMs - this.#fromMs) / this.#bucketMs);
    const known = this.#points.get(bucket);
    this.#points.set(bucket, {
      atMs: Math.round(this.#fromMs + (bucket + 0.5) * this.#bucketMs),
      low: Math.min(known?.low ?? value, value),
      high: Math.max(known?.high ?? value, value),
    });
  }

  points(): Point[] {
    return [...this.#points.values()].sort((a, b) => a.atMs - b.atMs);
  }
}

/** The value of a single reading; null for a wave, and where there is no value. */
export function readingOf(frame: VitalsFrame): number | null {
  const [sample] = frame.samples;
  if (frame.sampleRateHz !== 0 || sample === undefined || sample === VITALS_NO_VALUE) return null;
  return Math.round((sample * frame.scale + frame.offset) * 100) / 100;
}

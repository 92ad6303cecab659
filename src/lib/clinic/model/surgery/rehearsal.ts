import { z } from 'zod';
import { lineSchema } from '../../../signaling/contract/index.ts';

/** From harmless to forbidding: a person may move a judgement to the right, never to the left. */
export const JUDGEMENTS = ['go', 'caution', 'no_go'] as const;
const judgementSchema = z.enum(JUDGEMENTS);
export type Judgement = z.output<typeof judgementSchema>;

/** What was measured between the two theatres. */
export const figuresSchema = z.strictObject({
  /** Hub time, ms since 1970. */
  measuredAtMs: z.int().min(0).max(8.64e15),
  /** Round trip between the ends, ms. */
  rttMs: z.number().min(0).max(60_000),
  lossPercent: z.number().min(0).max(100),
  /** From the scope's glass to the surgeon's, ms. */
  ageMs: z.number().min(0).max(60_000),
  /** Independent uplinks that were up. */
  carriers: z.int().min(1).max(16),
});
export type Figures = z.output<typeof figuresSchema>;

export const rehearseInput = figuresSchema.extend({
  /** Stricter than the figures say, with the reason. */
  stricter: z.strictObject({ judgement: judgementSchema, reason: lineSchema }).optional(),
});

export interface Rehearsal {
  figures: Figures;
  /** By the figures alone. */
  computed: Judgement;
  /** As it holds. */
  judgement: Judgement;
  reason: string | null;
  by: string | null;
}

/** How long figures may stand (clinical.md: the rehearsal is at T−30 min). */
export const FIGURES_STAND_MS = 30 * 60_000;
/** Ours: clocks that disagree by more than this are a fault, not a measurement to come. */
const MAX_AHEAD_MS = 60_000;

/**
 * Upper bounds of `go` and of `caution`; beyond is `no_go`.
 * Age of the picture: total delay up to 200 ms is ideal, up to 300 suitable (Xu 2014, in clinical.md). Round trip and loss are ours: 100 ms
 * leaves codec and buffers half of the ideal (they take about 150 in the Luxembourg 5G study); losses up to 1 % are repaired unseen.
 */
const BOUNDS = { ageMs: [200, 300], rttMs: [100, 150], lossPercent: [1, 3] } as const;
/** The rules ask for two carriers (clinical.md, "What the rules oblige"). */
const CARRIERS = 2;

export function judge(figures: Figures): Judgement {
  const each = Object.entries(BOUNDS).map(([name, [go, caution]]) => {
    const value = figures[name as keyof typeof BOUNDS];
    if (value <= go) return 'go';
    return value <= caution ? 'caution' : 'no_go';
  });
  return strictest([...each, figures.carriers < CARRIERS ? 'caution' : 'go']);
}

export const strictest = (judgements: readonly Judgement[]): Judgement =>
  JUDGEMENTS.findLast((judgement) => judgements.includes(judgement)) ?? 'no_go';

export function rehearsalOf(
  { stricter, ...figures }: z.output<typeof rehearseInput>,
  by: string | null,
): Rehearsal {
  const computed = judge(figures);
  return {
    figures,
    computed,
    judgement: strictest([computed, stricter?.judgement ?? 'go']),
    reason: stricter?.reason ?? null,
    by,
  };
}

export const isStanding = ({ measuredAtMs }: Figures, atMs: number): boolean =>
  atMs - measuredAtMs <= FIGURES_STAND_MS && measuredAtMs - atMs <= MAX_AHEAD_MS;

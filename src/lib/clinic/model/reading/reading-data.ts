import { z } from 'zod';
import {
  caseIdSchema,
  imageRefSchema,
  lineSchema,
  paragraphSchema,
  type ImageRef,
  type Urgency,
} from '../../../signaling/contract/index.ts';
import type { ExamModality } from '../exam/body-parts.ts';
import { studyProblem, studySchema, type Study } from '../exam/order.ts';

/** Ours: by when a sender may expect a result, in minutes from sending. */
export const TURNAROUND_MINUTES: Readonly<Record<Urgency, number>> = {
  routine: 24 * 60,
  urgent: 120,
  emergency: 30,
};
/** Ours: how long a reader keeps a study from others without reading it, in minutes. */
export const CLAIM_MINUTES: Readonly<Record<Urgency, number>> = { routine: 60, urgent: 30, emergency: 15 };

/** When the result is owed, in ms since 1970; null before the pictures were sent. */
export function turnaroundDueAtMs(
  { sentAtMs }: Pick<ReadingData, 'sentAtMs'>,
  urgency: Urgency,
): number | null {
  return sentAtMs === null ? null : sentAtMs + TURNAROUND_MINUTES[urgency] * 60_000;
}

/** Ours: what cannot be looked at again from another side is read twice, unless somebody lies on a table meanwhile. */
export const needsSecondReader = (modality: ExamModality, urgency: Urgency): boolean =>
  modality === 'pathology' && urgency !== 'emergency';

const READ = { findings: paragraphSchema, impression: paragraphSchema, critical: z.boolean() };
export const requestInput = studySchema
  .extend({
    reason: lineSchema,
    question: paragraphSchema,
    /** The exam that its pictures come from. */
    examCaseId: caseIdSchema.nullable(),
    secondReader: z.boolean().default(false),
  })
  .superRefine((study, context) => {
    const problem = studyProblem(study);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });
export const submitInput = z.strictObject({ images: z.array(imageRefSchema).min(1).max(200) });
export const concludeInput = z.strictObject({ ...READ, askSecond: z.boolean().default(false) });
export const disagreeInput = z.strictObject({ ...READ, reason: paragraphSchema });
export const adjudicateInput = z.strictObject({ ...READ, reason: paragraphSchema });
export const RETURN_REASONS = [
  'unsharp',
  'incomplete',
  'wrong_part',
  'wrong_side',
  'wrong_patient',
  'cannot_be_opened',
] as const;
export const returnInput = z.strictObject({ why: z.enum(RETURN_REASONS), note: lineSchema });
export const decideInput = z.strictObject({
  suggestionId: z.string().regex(/^[A-Za-z0-9_-]{4,64}$/),
  decision: z.enum(['accepted', 'rejected']),
  note: lineSchema.optional(),
});

/** What one person read. */
export interface Read {
  findings: string;
  impression: string;
  /** Has to be told at once, by telephone too. */
  critical: boolean;
  by: string | null;
  atMs: number;
}

export interface ReadingData {
  study: Study;
  reason: string;
  question: string;
  examCaseId: string | null;
  images: readonly ImageRef[];
  /** When the pictures were sent, the first time. */
  sentAtMs: number | null;
  secondReader: 'by_rule' | 'by_request' | null;
  /** Who has it in hand now. */
  holderId: string | null;
  first: Read | null;
  /** `reason` is null where it agrees. */
  second: (Read & { reason: string | null }) | null;
  adjudication: (Read & { reason: string }) | null;
  /** A person's; there is no other way to one. */
  result: (Read & { confirmedBy: string | null }) | null;
  returns: readonly { why: (typeof RETURN_REASONS)[number]; note: string; by: string | null; atMs: number }[];
  /** What people made of a model's suggestions. */
  decisions: readonly {
    suggestionId: string;
    decision: 'accepted' | 'rejected';
    by: string | null;
    atMs: number;
  }[];
  ended: string | null;
}

/** Who has read it, and so reads it no second time. */
export const readersOf = ({ first, second }: Pick<ReadingData, 'first' | 'second'>): string[] =>
  [first?.by, second?.by].filter((by): by is string => typeof by === 'string');

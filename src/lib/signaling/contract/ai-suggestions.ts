import { z } from 'zod';
import { attachmentIdSchema, caseIdSchema, lineSchema, paragraphSchema } from './clinic.ts';
import { boxIdSchema } from './ids.ts';
import { outboxIdSchema } from './records.ts';

/** A picture of a case: a file that was attached, or what a box captured. */
export const imageRefSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('attachment'), attachmentId: attachmentIdSchema }),
  z.strictObject({
    kind: z.literal('capture'),
    boxId: boxIdSchema,
    outboxId: outboxIdSchema,
    number: z.int().min(1),
  }),
]);
export type ImageRef = z.infer<typeof imageRefSchema>;

/** A fraction of the picture's width or height, from its upper left corner. */
const fraction = z.number().min(0).max(1);
const pointSchema = z.strictObject({ x: fraction, y: fraction });

/** Where in which picture. */
export const regionSchema = z.strictObject({
  image: imageRefSchema,
  shape: z.discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('box'), x: fraction, y: fraction, width: fraction, height: fraction })
      .refine(({ width, height }) => width > 0 && height > 0, { error: 'a box has a size' })
      // Ours: what rounding to six digits may add.
      .refine(({ x, y, width, height }) => x + width <= 1 + 2e-6 && y + height <= 1 + 2e-6, {
        error: 'the box leaves the picture',
      }),
    z.strictObject({ kind: z.literal('polygon'), points: z.array(pointSchema).min(3).max(100) }),
  ]),
});
export type Region = z.infer<typeof regionSchema>;

/** POST /api/ai/suggestions → `{suggestionId, isNew}`; see docs/ai-suggestions.md */
export const aiSuggestionSchema = z.strictObject({
  caseId: caseIdSchema,
  /** The client's own name for this suggestion: sent again, it is taken once. */
  clientId: z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/),
  model: z.strictObject({ name: lineSchema, version: z.string().regex(/^[\w.+-]{1,64}$/) }),
  finding: paragraphSchema,
  /** As the model says; 1 is certain. */
  confidence: z.number().min(0).max(1),
  /** Null: the study as a whole. */
  region: regionSchema.nullable().default(null),
});

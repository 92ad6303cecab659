import { z } from 'zod';
import {
  examModalitySchema,
  lateralitySchema,
  lineSchema,
  paragraphSchema,
} from '../../../signaling/contract/index.ts';
import { bodyPartOf, PREPARATIONS, preparationSchema, sidesOf, type Preparation } from './body-parts.ts';

/** What is to be looked at; the same for an exam and for the reading of its pictures. */
export const studySchema = z.strictObject({
  modality: examModalitySchema,
  bodyPart: z.string().max(32),
  laterality: lateralitySchema,
});
export type Study = z.output<typeof studySchema>;

/** Why a study cannot be: a part that the modality does not look at, or a side that the part does not have. */
export function studyProblem({ modality, bodyPart, laterality }: Study): string | null {
  const sides = sidesOf(modality, bodyPart);
  if (sides.length === 0) return `${modality} does not look at this part`;
  return sides.includes(laterality) ? null : `side: one of ${sides.join(', ')}`;
}

export const orderInput = studySchema
  .extend({
    reason: lineSchema,
    question: paragraphSchema,
    /** Beyond what the part asks for anyway. */
    preparation: z.array(preparationSchema).max(PREPARATIONS.length).default([]),
  })
  .superRefine((order, context) => {
    const problem = studyProblem(order);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });
export type Order = z.output<typeof orderInput>;

/** All that has to be seen to before this exam, each once. */
export function preparationOf({
  modality,
  bodyPart,
  preparation,
}: Pick<Order, 'modality' | 'bodyPart' | 'preparation'>): Preparation[] {
  return [...new Set([...(bodyPartOf(modality, bodyPart)?.preparation ?? []), ...preparation])];
}

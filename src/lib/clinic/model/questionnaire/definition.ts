import { z } from 'zod';
import { lineSchema, SEXES, specialtySchema, urgencySchema } from '../../../signaling/contract/index.ts';

/** Every word that a patient reads, in both languages; plain words. */
const wordsSchema = z.strictObject({ zh: lineSchema, en: lineSchema });
export type Words = z.infer<typeof wordsSchema>;

export const questionIdSchema = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);
const number = z.number().min(-1e9).max(1e9);

/** What the hub knows of the patient without asking. */
export interface PatientFacts {
  /** Null when the day of birth is not known. */
  ageMonths: number | null;
  sex: (typeof SEXES)[number];
}

/**
 * Conditions only ever say what an answer *is*, never that one is missing: so one that holds goes on holding however many answers follow, and
 * a red flag that was raised cannot be lost by answering on.
 */
const simpleConditionSchema = z.union([
  /** One of the chosen options (single, multi), or yes/no. */
  z.strictObject({ question: questionIdSchema, is: z.union([questionIdSchema, z.boolean()]) }),
  /** Answered, and otherwise. */
  z.strictObject({ question: questionIdSchema, isNot: z.union([questionIdSchema, z.boolean()]) }),
  z.strictObject({ question: questionIdSchema, atLeast: number }),
  z.strictObject({ question: questionIdSchema, below: number }),
  z.strictObject({ question: questionIdSchema, answered: z.literal(true) }),
  z.strictObject({ fact: z.literal('ageMonths'), atLeast: number }),
  z.strictObject({ fact: z.literal('ageMonths'), below: number }),
  z.strictObject({ fact: z.literal('ageMonths'), unknown: z.literal(true) }),
  z.strictObject({ fact: z.literal('sex'), is: z.enum(SEXES) }),
]);
export type SimpleCondition = z.infer<typeof simpleConditionSchema>;

const several = <T extends z.ZodType>(of: T) => z.array(of).min(1).max(20);
/** Two levels and no more: enough for what clinics ask, and nothing nests without end. */
export const conditionSchema = z.union([
  simpleConditionSchema,
  z.strictObject({
    all: several(z.union([simpleConditionSchema, z.strictObject({ any: several(simpleConditionSchema) })])),
  }),
  z.strictObject({
    any: several(z.union([simpleConditionSchema, z.strictObject({ all: several(simpleConditionSchema) })])),
  }),
]);
export type Condition = z.infer<typeof conditionSchema>;

const asked = {
  id: questionIdSchema,
  text: wordsSchema,
  help: wordsSchema.optional(),
  required: z.boolean(),
  /** Asked only if this holds, by the answers to earlier questions. */
  showIf: conditionSchema.optional(),
};
const options = z
  .array(z.strictObject({ id: questionIdSchema, text: wordsSchema }))
  .min(1)
  .max(30);

export const questionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...asked, kind: z.literal('single'), options }),
  /** `exclusive` is the option that stands alone, such as "none of these". */
  z.strictObject({ ...asked, kind: z.literal('multi'), options, exclusive: questionIdSchema.optional() }),
  z.strictObject({ ...asked, kind: z.literal('number'), unit: wordsSchema, min: number, max: number }),
  z.strictObject({ ...asked, kind: z.literal('text'), maxLength: z.int().min(1).max(2_000) }),
  z.strictObject({ ...asked, kind: z.literal('yes_no') }),
  /** Whole numbers from `min` to `max`. */
  z.strictObject({
    ...asked,
    kind: z.literal('scale'),
    min: z.int().min(0).max(10),
    max: z.int().min(1).max(10),
    lowest: wordsSchema,
    highest: wordsSchema,
  }),
  z.strictObject({ ...asked, kind: z.literal('date') }),
]);
export type Question = z.infer<typeof questionSchema>;

export const RED_FLAG_SEVERITIES = ['urgent', 'emergency'] as const;

const redFlagSchema = z.strictObject({
  id: questionIdSchema,
  when: conditionSchema,
  message: wordsSchema,
  severity: z.enum(RED_FLAG_SEVERITIES),
});
export type RedFlag = z.infer<typeof redFlagSchema>;

export const questionnaireSchema = z.strictObject({
  title: wordsSchema,
  questions: z.array(questionSchema).min(1).max(100),
  redFlags: z.array(redFlagSchema).max(50),
  /** The first that holds names the department; of all that hold, the most urgent counts. */
  advice: z
    .array(
      z.strictObject({
        when: conditionSchema,
        specialty: specialtySchema.optional(),
        urgency: urgencySchema.optional(),
      }),
    )
    .max(50),
});
export type Questionnaire = z.infer<typeof questionnaireSchema>;

/** What somebody answered; null is a question that was left out on purpose. */
export const answersSchema = z
  .record(
    questionIdSchema,
    z.union([z.string().max(4_000), z.array(z.string().max(60)).max(30), z.number(), z.boolean(), z.null()]),
  )
  .refine((answers) => Object.keys(answers).length <= 100, { error: 'too many answers' });
export type Answers = z.infer<typeof answersSchema>;
export type Answer = Answers[string];

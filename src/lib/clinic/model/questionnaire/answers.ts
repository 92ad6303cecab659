import { SPECIALTIES, URGENCIES, type Specialty, type Urgency } from '../../../signaling/contract/index.ts';
import { z } from 'zod';
import { holds } from './conditions.ts';
import {
  questionIdSchema,
  RED_FLAG_SEVERITIES,
  type Answer,
  type Answers,
  type PatientFacts,
  type Question,
  type Questionnaire,
  type RedFlag,
} from './definition.ts';

export type AnswerProblem =
  'unknown_question' | 'not_reached' | 'wrong_form' | 'out_of_range' | 'unknown_option' | 'not_alone';

export interface Reading {
  /** The questions that these answers lead through, in order, answered or not. */
  reached: string[];
  /** Answers that cannot be taken. */
  problems: { question: string; problem: AnswerProblem }[];
  /** Required and reached, without an answer. */
  missing: string[];
  redFlags: RedFlag[];
  specialty: Specialty | null;
  urgency: Urgency;
}

/** What somebody's answers mean: which questions they reach, what is wrong with them, what they say. Never throws. */
export function read(questionnaire: Questionnaire, answers: Answers, facts: PatientFacts): Reading {
  const taken: Answers = {};
  const reached: string[] = [];
  const missing: string[] = [];
  const problems: Reading['problems'] = [];
  for (const question of questionnaire.questions) {
    const { id, showIf, required } = question;
    const answer = Object.hasOwn(answers, id) ? answers[id] : undefined;
    if (showIf && !holds(showIf, taken, facts)) {
      if (answer !== undefined) problems.push({ question: id, problem: 'not_reached' });
      continue;
    }
    reached.push(id);
    if (answer === undefined || answer === null) {
      if (required) missing.push(id);
      continue;
    }
    const problem = problemOf(question, answer);
    if (problem) problems.push({ question: id, problem });
    else taken[id] = answer;
  }
  const known = new Set(questionnaire.questions.map(({ id }) => id));
  for (const id of Object.keys(answers))
    if (!known.has(id)) problems.push({ question: id, problem: 'unknown_question' });
  const redFlags = questionnaire.redFlags.filter(({ when }) => holds(when, taken, facts));
  const advice = questionnaire.advice.filter(({ when }) => holds(when, taken, facts));
  const urgencies = [...redFlags.map(({ severity }) => severity), ...advice.map((each) => each.urgency)];
  return {
    reached,
    problems,
    missing,
    redFlags,
    specialty: advice.find((each) => each.specialty)?.specialty ?? null,
    urgency: [...URGENCIES].reverse().find((each) => urgencies.includes(each)) ?? 'routine',
  };
}

/** The next to be asked; null when all that is reached has been answered or left out. */
export function nextQuestion(
  questionnaire: Questionnaire,
  answers: Answers,
  facts: PatientFacts,
): Question | null {
  const { reached, missing } = read(questionnaire, answers, facts);
  const id = reached.find((each) => missing.includes(each) || !Object.hasOwn(answers, each));
  return questionnaire.questions.find((question) => question.id === id) ?? null;
}

function problemOf(question: Question, answer: Exclude<Answer, null>): AnswerProblem | null {
  switch (question.kind) {
    case 'yes_no':
      return typeof answer === 'boolean' ? null : 'wrong_form';
    case 'number':
    case 'scale':
      if (typeof answer !== 'number' || !Number.isFinite(answer)) return 'wrong_form';
      if (question.kind === 'scale' && !Number.isInteger(answer)) return 'wrong_form';
      return answer >= question.min && answer <= question.max ? null : 'out_of_range';
    case 'text':
      if (typeof answer !== 'string' || answer.trim() === '' || !isPrintable(answer)) return 'wrong_form';
      return answer.length <= question.maxLength ? null : 'out_of_range';
    case 'date':
      return typeof answer === 'string' && z.iso.date().safeParse(answer).success ? null : 'wrong_form';
    case 'single':
      if (typeof answer !== 'string') return 'wrong_form';
      return question.options.some(({ id }) => id === answer) ? null : 'unknown_option';
    case 'multi':
      if (!Array.isArray(answer) || answer.length === 0 || new Set(answer).size < answer.length)
        return 'wrong_form';
      if (answer.some((each) => question.options.every(({ id }) => id !== each))) return 'unknown_option';
      return question.exclusive !== undefined && answer.includes(question.exclusive) && answer.length > 1
        ? 'not_alone'
        : null;
  }
}

/** As of everything that people type: no control characters but line breaks and tabs, no halves of characters. */
const isPrintable = (text: string): boolean =>
  text.isWellFormed() && ![...text].some((each) => each < ' ' && each !== '\n' && each !== '\t');

/** What a case keeps of somebody's answers, beside the answers. */
export const outcomeSchema = z.strictObject({
  /** Of the published version that was asked; null: the one that comes with the hub. */
  questionnaireId: z.string().nullable(),
  redFlags: z.array(
    z.strictObject({
      id: questionIdSchema,
      severity: z.enum(RED_FLAG_SEVERITIES),
      message: z.strictObject({ zh: z.string(), en: z.string() }),
    }),
  ),
  urgency: z.enum(URGENCIES),
  specialty: z.enum(SPECIALTIES).nullable(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

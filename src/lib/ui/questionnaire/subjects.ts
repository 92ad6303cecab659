import { SEXES } from '../../signaling/contract/index.ts';
import { m } from '../../paraglide/messages.js';
import { subjectOf, type Operator } from './condition-draft.ts';
import type { QuestionDraft } from './draft.ts';
import { numbered } from './words.ts';

interface Choice {
  value: string;
  label: string;
}

/** What a condition can be about. */
export interface Subject extends Choice {
  operators: readonly Operator[];
  /** What there is to choose from; null: a number is typed. */
  values: readonly Choice[] | null;
}

const SEX: Record<(typeof SEXES)[number], () => string> = {
  female: m.patient_female,
  male: m.patient_male,
  unknown: m.patient_sex_unknown,
};

const CHOSEN: readonly Operator[] = ['is', 'isNot', 'answered'];
const COUNTED: readonly Operator[] = ['atLeast', 'below', 'answered'];

/** What the hub knows of the patient, and the questions that are asked before this place. */
export function subjectsBefore(questions: readonly QuestionDraft[], place: number): Subject[] {
  const sexes = SEXES.map((sex) => ({ value: sex, label: SEX[sex]() }));
  return [
    ...questions.slice(0, place).map(subjectOfQuestion),
    { value: 'sex', label: m.forms_fact_sex(), operators: ['is'], values: sexes },
    {
      value: 'ageMonths',
      label: m.forms_fact_age(),
      operators: ['atLeast', 'below', 'unknown'],
      values: null,
    },
  ];
}

function subjectOfQuestion(question: QuestionDraft, index: number): Subject {
  const { kind, options } = question;
  const named = { value: subjectOf(question.id), label: numbered(index, question) };
  switch (kind) {
    case 'yes_no':
      return {
        ...named,
        operators: CHOSEN,
        values: [
          { value: 'true', label: m.op_yes() },
          { value: 'false', label: m.op_no() },
        ],
      };
    case 'single':
    case 'multi':
      return {
        ...named,
        operators: CHOSEN,
        values: options.map(({ id, text }) => ({ value: id, label: text.zh.trim() || m.forms_unnamed() })),
      };
    case 'number':
    case 'scale':
      return { ...named, operators: COUNTED, values: null };
    default:
      return { ...named, operators: ['answered'], values: null };
  }
}

export const OPERATOR: Record<Operator, () => string> = {
  is: m.forms_op_is,
  isNot: m.forms_op_is_not,
  atLeast: m.forms_op_at_least,
  below: m.forms_op_below,
  answered: m.forms_op_answered,
  unknown: m.forms_op_unknown,
};
/** Says all by itself. */
export const needsValue = (operator: Operator): boolean => operator !== 'answered' && operator !== 'unknown';

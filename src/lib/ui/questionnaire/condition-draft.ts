import type { Condition, SimpleCondition } from '../../clinic/model/questionnaire/definition.ts';
import type { Question } from '../../clinic/model/questionnaire/index.ts';

export const OPERATORS = ['is', 'isNot', 'atLeast', 'below', 'answered', 'unknown'] as const;
export type Operator = (typeof OPERATORS)[number];

/** One simple condition as three fields of a form hold it: text everywhere, perhaps not whole yet. */
export interface RowDraft {
  /** `sex`, `ageMonths`, or `q:` and the id of a question; empty: not chosen yet. */
  subject: string;
  operator: Operator;
  /** Of an option, `true`/`false`, a number as typed. */
  value: string;
}

/** Every condition that the hub knows, in one shape: parts that are joined by `mode`, the rows of a part by the other word. */
export interface ConditionDraft {
  mode: 'all' | 'any';
  /** None: it always holds. */
  parts: RowDraft[][];
}

export const emptyRow = (): RowDraft => ({ subject: '', operator: 'is', value: '' });
export const otherMode = (mode: ConditionDraft['mode']): ConditionDraft['mode'] =>
  mode === 'all' ? 'any' : 'all';
export const subjectOf = (questionId: string): string => `q:${questionId}`;

export function conditionDraftOf(condition: Condition | undefined): ConditionDraft {
  if (condition === undefined) return { mode: 'all', parts: [] };
  if ('all' in condition)
    return {
      mode: 'all',
      parts: condition.all.map((each) => ('any' in each ? each.any.map(rowOf) : [rowOf(each)])),
    };
  if ('any' in condition)
    return {
      mode: 'any',
      parts: condition.any.map((each) => ('all' in each ? each.all.map(rowOf) : [rowOf(each)])),
    };
  return { mode: 'all', parts: [[rowOf(condition)]] };
}

function rowOf(simple: SimpleCondition): RowDraft {
  const subject = 'fact' in simple ? simple.fact : subjectOf(simple.question);
  if ('is' in simple) return { subject, operator: 'is', value: String(simple.is) };
  if ('isNot' in simple) return { subject, operator: 'isNot', value: String(simple.isNot) };
  if ('atLeast' in simple) return { subject, operator: 'atLeast', value: String(simple.atLeast) };
  if ('below' in simple) return { subject, operator: 'below', value: String(simple.below) };
  return { subject, operator: 'answered' in simple ? 'answered' : 'unknown', value: '' };
}

/** For the hub's schema to judge; undefined when it always holds. */
export function conditionOf(
  { mode, parts }: ConditionDraft,
  kinds: ReadonlyMap<string, Question['kind']>,
): unknown {
  const joined = parts.map((rows) => {
    const simple = rows.map((row) => simpleOf(row, kinds));
    return simple.length === 1 ? simple[0] : { [otherMode(mode)]: simple };
  });
  return joined.length > 1 ? { [mode]: joined } : joined[0];
}

function simpleOf(
  { subject, operator, value }: RowDraft,
  kinds: ReadonlyMap<string, Question['kind']>,
): unknown {
  const id = subject.startsWith('q:') ? subject.slice(2) : null;
  const about = id === null ? { fact: subject } : { question: id };
  switch (operator) {
    case 'answered':
    case 'unknown':
      return { ...about, [operator]: true };
    case 'atLeast':
    case 'below':
      return { ...about, [operator]: value.trim() === '' ? null : Number(value) };
    default:
      return { ...about, [operator]: id !== null && kinds.get(id) === 'yes_no' ? value === 'true' : value };
  }
}

import { partsOf, waysOf } from './conditions.ts';
import type { Condition, Question, Questionnaire, SimpleCondition } from './definition.ts';

export const PROBLEMS = [
  'same_id_twice',
  'unknown_question',
  'unknown_option',
  /** A question that depends on itself or on one that comes later: conditions look back only, so that none can go round in a circle. */
  'looks_forward',
  /** A number asked of a yes/no question and the like. */
  'does_not_fit',
  'empty_range',
  'never_asked',
  'never_raised',
] as const;
export type Problem = (typeof PROBLEMS)[number];

export interface Finding {
  /** Id of the question or red flag; of an advice its place. */
  where: string;
  problem: Problem;
}

/** What is wrong with a questionnaire that has the right form; empty when it may be published. */
export function problemsOf({ questions, redFlags, advice }: Questionnaire): Finding[] {
  const findings: Finding[] = [];
  const add = (where: string, problem: Problem) => void findings.push({ where, problem });
  const known = new Map(questions.map((question) => [question.id, question]));
  const place = new Map(questions.map(({ id }, index) => [id, index]));

  for (const ids of [questions, redFlags]) for (const id of twice(ids)) add(id, 'same_id_twice');
  const check = (where: string, condition: Condition, before: number): boolean => {
    const found = new Set<Problem>();
    for (const part of partsOf(condition)) {
      if ('fact' in part) continue;
      const question = known.get(part.question);
      const problem =
        question === undefined
          ? 'unknown_question'
          : (place.get(part.question) ?? 0) >= before
            ? 'looks_forward'
            : misfit(part, question);
      if (problem) found.add(problem);
    }
    for (const problem of found) add(where, problem);
    return found.size === 0;
  };

  const sound = new Set<string>();
  for (const [index, question] of questions.entries()) {
    const own = misshape(question);
    if (own) add(question.id, own);
    if (question.showIf && !check(question.id, question.showIf, index)) continue;
    if (question.showIf && !isPossible(question.showIf, known, sound)) add(question.id, 'never_asked');
    else sound.add(question.id);
  }
  for (const { id, when } of redFlags)
    if (check(id, when, questions.length) && !isPossible(when, known, sound)) add(id, 'never_raised');
  for (const [index, { when }] of advice.entries()) {
    const where = `advice ${index + 1}`;
    if (check(where, when, questions.length) && !isPossible(when, known, sound)) add(where, 'never_raised');
  }
  return findings;
}

function twice(things: readonly { id: string }[]): Set<string> {
  const ids = things.map(({ id }) => id);
  return new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
}

function misshape(question: Question): Problem | null {
  switch (question.kind) {
    case 'single':
      return twice(question.options).size > 0 ? 'same_id_twice' : null;
    case 'multi': {
      const { options, exclusive } = question;
      if (twice(options).size > 0) return 'same_id_twice';
      return exclusive === undefined || options.some(({ id }) => id === exclusive) ? null : 'unknown_option';
    }
    case 'number':
    case 'scale':
      return question.min < question.max ? null : 'empty_range';
    default:
      return null;
  }
}

function misfit(part: Exclude<SimpleCondition, { fact: string }>, question: Question): Problem | null {
  if ('answered' in part) return null;
  if ('atLeast' in part || 'below' in part)
    return question.kind === 'number' || question.kind === 'scale' ? null : 'does_not_fit';
  const wanted = 'is' in part ? part.is : part.isNot;
  if (question.kind === 'yes_no') return typeof wanted === 'boolean' ? null : 'does_not_fit';
  if (question.kind !== 'single' && question.kind !== 'multi') return 'does_not_fit';
  if (typeof wanted === 'boolean') return 'does_not_fit';
  return question.options.some(({ id }) => id === wanted) ? null : 'unknown_option';
}

/** Whether any answers at all can make it hold, together with what had to be answered before to be asked at all. */
function isPossible(
  condition: Condition,
  known: ReadonlyMap<string, Question>,
  sound: ReadonlySet<string>,
): boolean {
  const ways = waysOf(condition);
  if (ways === null) return true;
  return ways.some((way) => {
    const asked = way.flatMap((part) => ('question' in part ? [part.question] : []));
    if (asked.some((id) => !sound.has(id))) return false;
    const reasons = [...new Set(asked)].flatMap((id) => known.get(id)?.showIf ?? []);
    // What the questions themselves hang on holds as well; one step back is enough to tell the usual mistakes.
    const certain = reasons.flatMap((reason) => {
      const own = waysOf(reason);
      return own?.length === 1 ? (own[0] ?? []) : [];
    });
    return together([...way, ...certain], known);
  });
}

function together(parts: readonly SimpleCondition[], known: ReadonlyMap<string, Question>): boolean {
  const keys = new Set(parts.map((part) => ('fact' in part ? part.fact : part.question)));
  return [...keys].every((key) => {
    const own = parts.filter((part) => ('fact' in part ? part.fact : part.question) === key);
    const question = known.get(key);
    if (own.some((part) => 'fact' in part)) return factsAgree(own);
    if (question?.kind === 'single' || question?.kind === 'yes_no')
      return valuesOf(question).some((value) => own.every((part) => agrees(part, value)));
    if (question?.kind === 'multi') return choicesAgree(own, question.exclusive);
    if (question?.kind === 'number' || question?.kind === 'scale')
      return rangeLeft(own, question.min, question.max, question.kind === 'scale');
    return true;
  });
}

const valuesOf = (question: Question): (string | boolean)[] =>
  question.kind === 'single' ? question.options.map(({ id }) => id) : [true, false];

const agrees = (part: SimpleCondition, value: string | boolean): boolean =>
  'is' in part ? part.is === value : 'isNot' in part ? part.isNot !== value : true;

function choicesAgree(parts: readonly SimpleCondition[], exclusive: string | undefined): boolean {
  const chosen = new Set(parts.flatMap((part) => ('is' in part ? [part.is] : [])));
  const left = parts.flatMap((part) => ('isNot' in part ? [part.isNot] : []));
  const alone = exclusive !== undefined && chosen.has(exclusive) && chosen.size > 1;
  return !alone && left.every((each) => !chosen.has(each));
}

function factsAgree(parts: readonly SimpleCondition[]): boolean {
  const sexes = new Set(parts.flatMap((part) => ('fact' in part && part.fact === 'sex' ? [part.is] : [])));
  const unknown = parts.some((part) => 'unknown' in part);
  const ranged = parts.some((part) => 'atLeast' in part || 'below' in part);
  return sexes.size <= 1 && !(unknown && ranged) && rangeLeft(parts, 0, Number.POSITIVE_INFINITY, false);
}

function rangeLeft(parts: readonly SimpleCondition[], min: number, max: number, whole: boolean): boolean {
  let [low, high, open] = [min, max, false];
  for (const part of parts) {
    if ('atLeast' in part) low = Math.max(low, part.atLeast);
    if ('below' in part && part.below <= high) [high, open] = [part.below, true];
  }
  if (whole) low = Math.ceil(low);
  return open ? low < high : low <= high;
}

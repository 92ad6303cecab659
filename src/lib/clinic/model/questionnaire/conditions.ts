import type { Answers, Condition, PatientFacts, SimpleCondition } from './definition.ts';

/** Whether a condition holds by these answers, which must all be to questions that were reached. */
export function holds(condition: Condition, answers: Answers, facts: PatientFacts): boolean {
  if ('all' in condition) return condition.all.every((each) => holds(each, answers, facts));
  if ('any' in condition) return condition.any.some((each) => holds(each, answers, facts));
  return holdsSimply(condition, answers, facts);
}

function holdsSimply(condition: SimpleCondition, answers: Answers, facts: PatientFacts): boolean {
  if ('fact' in condition) {
    if (condition.fact === 'sex') return facts.sex === condition.is;
    if ('unknown' in condition) return facts.ageMonths === null;
    return facts.ageMonths !== null && inRange(facts.ageMonths, condition);
  }
  const answer = Object.hasOwn(answers, condition.question) ? answers[condition.question] : null;
  if (answer === undefined || answer === null) return false;
  if ('answered' in condition) return true;
  if ('is' in condition) return chose(answer, condition.is);
  if ('isNot' in condition) return !chose(answer, condition.isNot);
  return typeof answer === 'number' && inRange(answer, condition);
}

const chose = (answer: unknown, wanted: string | boolean): boolean =>
  Array.isArray(answer) ? answer.includes(wanted) : answer === wanted;

const inRange = (value: number, range: { atLeast: number } | { below: number }): boolean =>
  'atLeast' in range ? value >= range.atLeast : value < range.below;

/** The simple conditions that one is made of. */
export function partsOf(condition: Condition): SimpleCondition[] {
  if ('all' in condition) return condition.all.flatMap(partsOf);
  if ('any' in condition) return condition.any.flatMap(partsOf);
  return [condition];
}

/** Beyond this a condition is too twisted to be judged; it is then taken for possible. */
const MOST_WAYS = 400;

/** Every way in which a condition can come to hold: lists of simple conditions that hold together; null when there are too many. */
export function waysOf(condition: Condition): SimpleCondition[][] | null {
  if ('any' in condition) {
    const ways = condition.any.flatMap((each) => waysOf(each) ?? []);
    return ways.length > MOST_WAYS ? null : ways;
  }
  if ('all' in condition) {
    let ways: SimpleCondition[][] = [[]];
    for (const each of condition.all) {
      const own = waysOf(each) ?? [];
      if (ways.length * own.length > MOST_WAYS) return null;
      ways = ways.flatMap((way) => own.map((more) => [...way, ...more]));
    }
    return ways;
  }
  return [[condition]];
}

import type { Problem } from '../../clinic/model/questionnaire/check.ts';
import {
  problemsOf,
  questionnaireSchema,
  type Questionnaire,
} from '../../clinic/model/questionnaire/index.ts';
import { m } from '../../paraglide/messages.js';

/** What is wrong with a field, in words, by its path: `questions.0.text.zh`. Empty when nothing is. */
export function issuesOf(document: unknown): Record<string, string> {
  const { error } = questionnaireSchema.safeParse(document);
  const issues: Record<string, string> = {};
  for (const { path } of error?.issues ?? []) issues[path.join('.')] ??= issueText(path.map(String));
  return issues;
}

function issueText(path: string[]): string {
  const last = path.at(-1);
  if (path.includes('showIf') || path.includes('when')) return m.forms_wrong_condition();
  if (last === 'zh' || last === 'en') return m.forms_wrong_text();
  if (last === 'min' || last === 'max' || last === 'maxLength') return m.forms_wrong_number();
  if (last === 'options') return m.forms_wrong_options();
  if (last === 'questions') return m.forms_wrong_questions();
  return m.issue_invalid();
}

const PROBLEM: Record<Problem, () => string> = {
  same_id_twice: m.forms_problem_same_id_twice,
  unknown_question: m.forms_problem_unknown_question,
  unknown_option: m.forms_problem_unknown_option,
  looks_forward: m.forms_problem_looks_forward,
  does_not_fit: m.forms_problem_does_not_fit,
  empty_range: m.forms_problem_empty_range,
  never_asked: m.forms_problem_never_asked,
  never_raised: m.forms_problem_never_raised,
};

/** What makes no sense in a questionnaire of the right form, in words, by the id of a question or red flag or `advice 1`. */
export function problemTexts(questionnaire: Questionnaire): ReadonlyMap<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const { where, problem } of problemsOf(questionnaire))
    texts.set(where, [...(texts.get(where) ?? []), PROBLEM[problem]()]);
  return texts;
}

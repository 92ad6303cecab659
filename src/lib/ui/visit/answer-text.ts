import type { Question } from '../../clinic/model/questionnaire/index.ts';
import { m } from '../../paraglide/messages.js';
import { wordsIn } from './words-in.ts';

/** An answer as people read it. */
export function answerText(question: Question, answer: unknown): string {
  if (answer === null || answer === undefined) return m.op_not_answered();
  switch (question.kind) {
    case 'yes_no':
      return answer === true ? m.op_yes() : m.op_no();
    case 'single':
    case 'multi': {
      const chosen: unknown[] = Array.isArray(answer) ? answer : [answer];
      return question.options
        .filter(({ id }) => chosen.includes(id))
        .map(({ text }) => wordsIn(text))
        .join(m.list_separator());
    }
    case 'number':
      return `${String(answer)} ${wordsIn(question.unit)}`;
    case 'scale':
      return `${String(answer)} / ${question.max}`;
    default:
      return String(answer);
  }
}

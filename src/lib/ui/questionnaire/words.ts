import type { Question, Questionnaire } from '../../clinic/model/questionnaire/index.ts';
import { m } from '../../paraglide/messages.js';
import type { Specialty, Urgency } from '../../signaling/contract/index.ts';
import { urgencyText } from '../case/words.ts';
import { specialtyText } from '../people/specialty-words.ts';
import type { AdviceDraft, QuestionDraft } from './draft.ts';

const KIND: Record<Question['kind'], () => string> = {
  single: m.forms_kind_single,
  multi: m.forms_kind_multi,
  yes_no: m.forms_kind_yes_no,
  number: m.forms_kind_number,
  scale: m.forms_kind_scale,
  text: m.forms_kind_text,
  date: m.forms_kind_date,
};
export const kindText = (kind: Question['kind']): string => KIND[kind]();

const SEVERITY: Record<Questionnaire['redFlags'][number]['severity'], () => string> = {
  urgent: m.case_urgency_urgent,
  emergency: m.case_urgency_emergency,
};
export const severityText = (severity: keyof typeof SEVERITY): string => SEVERITY[severity]();

/** What the hub asks everywhere; keys of its questionnaires. */
export const KEY_TEXT: Readonly<Record<string, () => string>> = {
  triage: m.forms_key_triage,
  'pre-consult': m.forms_key_pre_consult,
};

/** `3. 最高体温多少度？`; a question that says nothing yet has only its place. */
export const numbered = (index: number, { text }: Pick<QuestionDraft, 'text'>): string =>
  `${index + 1}. ${text.zh.trim() || m.forms_unnamed()}`;

/** `儿科 · 加急`: what an advice says when it holds. */
export function adviceText({ specialty, urgency }: AdviceDraft): string {
  const said = [
    ...(specialty ? [specialtyText(specialty as Specialty)] : []),
    ...(urgency ? [urgencyText(urgency as Urgency)] : []),
  ];
  return said.join(' · ') || m.forms_advice_nothing();
}

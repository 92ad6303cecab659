import type { Question, Questionnaire, Words } from '../../clinic/model/questionnaire/index.ts';
import { conditionDraftOf, conditionOf, type ConditionDraft } from './condition-draft.ts';

export const KINDS = ['single', 'multi', 'yes_no', 'number', 'scale', 'text', 'date'] as const;

export interface OptionDraft {
  id: string;
  text: Words;
}

/** A question while it is edited: with the fields of every kind, so that none is lost by trying another. */
export interface QuestionDraft {
  id: string;
  kind: Question['kind'];
  text: Words;
  help: Words;
  required: boolean;
  showIf: ConditionDraft;
  options: OptionDraft[];
  /** Of the option that stands alone; empty for none. */
  exclusive: string;
  unit: Words;
  min: number | null;
  max: number | null;
  lowest: Words;
  highest: Words;
  maxLength: number | null;
}

export interface FlagDraft {
  id: string;
  severity: Questionnaire['redFlags'][number]['severity'];
  message: Words;
  when: ConditionDraft;
}

export interface AdviceDraft {
  /** Of the form; the hub knows it by its place. */
  id: string;
  /** Empty for none. */
  specialty: string;
  urgency: string;
  when: ConditionDraft;
}

export interface QuestionnaireDraft {
  title: Words;
  questions: QuestionDraft[];
  redFlags: FlagDraft[];
  advice: AdviceDraft[];
}

const noWords = (): Words => ({ zh: '', en: '' });

/** Never one that was there before: a condition on what was removed must not come to mean something else. */
export function freshId(prefix: string): string {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `${prefix}_${random.toString(36)}`;
}

export const newOption = (): OptionDraft => ({ id: freshId('o'), text: noWords() });
export const newQuestion = (): QuestionDraft => ({
  id: freshId('q'),
  kind: 'yes_no',
  text: noWords(),
  help: noWords(),
  required: true,
  showIf: { mode: 'all', parts: [] },
  options: [newOption(), newOption()],
  exclusive: '',
  unit: noWords(),
  min: 0,
  max: 10,
  lowest: noWords(),
  highest: noWords(),
  maxLength: 300,
});
export const newFlag = (): FlagDraft => ({
  id: freshId('f'),
  severity: 'emergency',
  message: noWords(),
  when: { mode: 'all', parts: [] },
});
export const newAdvice = (): AdviceDraft => ({
  id: freshId('a'),
  specialty: '',
  urgency: '',
  when: { mode: 'all', parts: [] },
});

export function draftOf({ title, questions, redFlags, advice }: Questionnaire): QuestionnaireDraft {
  return structuredClone({
    title,
    questions: questions.map(({ showIf, help = noWords(), ...question }): QuestionDraft => ({
      ...newQuestion(),
      ...question,
      help,
      exclusive: question.kind === 'multi' ? (question.exclusive ?? '') : '',
      showIf: conditionDraftOf(showIf),
    })),
    redFlags: redFlags.map(({ when, ...flag }) => ({ ...flag, when: conditionDraftOf(when) })),
    advice: advice.map(({ when, specialty = '', urgency = '' }) => ({
      id: freshId('a'),
      specialty,
      urgency,
      when: conditionDraftOf(when),
    })),
  });
}

/** What the hub is asked to judge. */
export function documentOf({ title, questions, redFlags, advice }: QuestionnaireDraft): unknown {
  const kinds = new Map(questions.map(({ id, kind }) => [id, kind]));
  return {
    title: wordsOf(title),
    questions: questions.map((question) => questionOf(question, conditionOf(question.showIf, kinds))),
    redFlags: redFlags.map(({ id, severity, message, when }) => ({
      id,
      severity,
      message: wordsOf(message),
      when: conditionOf(when, kinds),
    })),
    advice: advice.map(({ specialty, urgency, when }) => ({
      when: conditionOf(when, kinds),
      ...(specialty && { specialty }),
      ...(urgency && { urgency }),
    })),
  };
}

/** Without English the Chinese is shown to everybody. */
const wordsOf = ({ zh, en }: Words): Words => ({ zh, en: en.trim() === '' ? zh : en });
const isSaid = ({ zh, en }: Words): boolean => zh.trim() !== '' || en.trim() !== '';

function questionOf(draft: QuestionDraft, showIf: unknown): unknown {
  const { id, kind, required, min, max } = draft;
  const asked = {
    id,
    kind,
    text: wordsOf(draft.text),
    required,
    ...(isSaid(draft.help) && { help: wordsOf(draft.help) }),
    ...(showIf !== undefined && { showIf }),
  };
  const options = draft.options.map(({ id: optionId, text }) => ({ id: optionId, text: wordsOf(text) }));
  switch (kind) {
    case 'single':
      return { ...asked, options };
    case 'multi':
      return { ...asked, options, ...(draft.exclusive && { exclusive: draft.exclusive }) };
    case 'number':
      return { ...asked, unit: wordsOf(draft.unit), min, max };
    case 'scale':
      return { ...asked, min, max, lowest: wordsOf(draft.lowest), highest: wordsOf(draft.highest) };
    case 'text':
      return { ...asked, maxLength: draft.maxLength };
    default:
      return asked;
  }
}

import { sidesOf, type ExamModality } from '../../../clinic/model/exam/body-parts.ts';

/** What is to be looked at, as its form holds it; empty where nothing is chosen yet. */
export interface StudyDraft {
  modality: ExamModality;
  bodyPart: string;
  laterality: string;
  reason: string;
  question: string;
}

export const emptyStudy: StudyDraft = {
  modality: 'ultrasound',
  bodyPart: '',
  laterality: '',
  reason: '',
  question: '',
};

/** A part without sides needs no choice; one with sides is never chosen for somebody. */
export function sideAfter({ modality, bodyPart }: Pick<StudyDraft, 'modality' | 'bodyPart'>): string {
  const sides = sidesOf(modality, bodyPart);
  return sides.length === 1 ? sides[0]! : '';
}

/** What to send; null while something is missing. */
export function studyOf(draft: StudyDraft): StudyDraft | null {
  const { modality, bodyPart, laterality } = draft;
  const reason = draft.reason.trim();
  const question = draft.question.trim();
  const sides: readonly string[] = sidesOf(modality, bodyPart);
  return sides.includes(laterality) && reason !== '' && question !== ''
    ? { modality, bodyPart, laterality, reason, question }
    : null;
}

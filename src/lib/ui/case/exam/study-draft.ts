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

export type StudyField = 'part' | 'side' | 'reason' | 'question';

/** What still has to be said, in the order of the form. */
export function missingIn({ modality, bodyPart, laterality, reason, question }: StudyDraft): StudyField[] {
  const sides: readonly string[] = sidesOf(modality, bodyPart);
  const missing: Record<StudyField, boolean> = {
    part: sides.length === 0,
    side: sides.length > 0 && !sides.includes(laterality),
    reason: reason.trim() === '',
    question: question.trim() === '',
  };
  return (['part', 'side', 'reason', 'question'] as const).filter((field) => missing[field]);
}

/** What to send; null while something is missing. */
export function studyOf(draft: StudyDraft): StudyDraft | null {
  if (missingIn(draft).length > 0) return null;
  const { modality, bodyPart, laterality } = draft;
  return { modality, bodyPart, laterality, reason: draft.reason.trim(), question: draft.question.trim() };
}

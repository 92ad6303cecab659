import { m } from '../../paraglide/messages.js';
import type { CaseKind } from '../../signaling/contract/index.ts';
import type { ShownDocument } from './document-draft.svelte.ts';

export type DocumentKind = 'opinion' | 'note' | 'report' | 'debrief';

/** What is written in a case, as its page and its room ask for it. */
export interface WrittenCase {
  documents: ShownDocument[];
  sections: readonly { id: string; required?: true }[];
  mayWrite: boolean;
  /** Names of those who take part, by account. */
  names: Record<string, string>;
}

const OF_CASE: Record<CaseKind, DocumentKind> = {
  consult: 'opinion',
  outpatient: 'note',
  exam: 'report',
  reading: 'report',
  surgery: 'debrief',
};
/** The document that a kind of case ends in. */
export const documentOf = (kind: CaseKind): DocumentKind => OF_CASE[kind];

const SECTION: Record<DocumentKind, Record<string, () => string>> = {
  opinion: {
    findings: m.document_opinion_findings,
    impression: m.document_opinion_impression,
    advice: m.document_opinion_advice,
    followUp: m.document_opinion_follow_up,
  },
  note: {
    complaint: m.document_note_complaint,
    presentIllness: m.document_note_present_illness,
    pastHistory: m.document_note_past_history,
    examination: m.document_note_examination,
    diagnosis: m.document_note_diagnosis,
    plan: m.document_note_plan,
  },
  report: {
    technique: m.document_report_technique,
    findings: m.document_report_findings,
    impression: m.document_report_impression,
    advice: m.document_report_advice,
  },
  debrief: {
    course: m.document_debrief_course,
    deviations: m.document_debrief_deviations,
    network: m.document_debrief_network,
    lessons: m.document_debrief_lessons,
  },
};
/** What a section is called; ids are those of the clinic's `DOCUMENTS`. */
export const sectionText = (kind: DocumentKind, id: string): string => SECTION[kind][id]?.() ?? id;

const KIND: Record<DocumentKind, () => string> = {
  opinion: m.document_opinion,
  note: m.document_note,
  report: m.document_report,
  debrief: m.document_debrief,
};
export const documentText = (kind: DocumentKind): string => KIND[kind]();

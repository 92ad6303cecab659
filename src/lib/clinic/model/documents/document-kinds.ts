import { z } from 'zod';
import { textSchema, type CaseFunction } from '../../../signaling/contract/index.ts';

/** What is written in a case section by section. (A prescription has lines, not sections; it has its own place.) */
export const SECTIONED_KINDS = ['opinion', 'note', 'report', 'debrief'] as const;
export type SectionedKind = (typeof SECTIONED_KINDS)[number];

export interface SectionDefinition {
  readonly id: string;
  /** Without it the document cannot be concluded. */
  readonly required?: true;
}

export interface DocumentDefinition {
  /** Who writes in it, together. Reading is as for the case. */
  readonly writers: readonly CaseFunction[];
  readonly sections: readonly SectionDefinition[];
}

/** Names of sections are the UI's: `document_<kind>_<section>`. */
export const DOCUMENTS: Readonly<Record<SectionedKind, DocumentDefinition>> = {
  /** 会诊意见: 所见、印象、建议、随访. */
  opinion: {
    writers: ['specialist', 'local_doctor'],
    sections: [
      { id: 'findings', required: true },
      { id: 'impression', required: true },
      { id: 'advice', required: true },
      { id: 'followUp' },
    ],
  },
  /** 门诊病历: 主诉、现病史、既往史、查体、诊断、处理, as 病历书写基本规范 (2010) orders them. */
  note: {
    writers: ['clinic_doctor', 'local_doctor', 'nurse'],
    sections: [
      { id: 'complaint', required: true },
      { id: 'presentIllness', required: true },
      { id: 'pastHistory' },
      { id: 'examination' },
      { id: 'diagnosis', required: true },
      { id: 'plan', required: true },
    ],
  },
  /** 检查报告. */
  report: {
    writers: ['expert', 'sonographer', 'reader', 'second_reader'],
    sections: [
      { id: 'technique' },
      { id: 'findings', required: true },
      { id: 'impression', required: true },
      { id: 'advice' },
    ],
  },
  /** 术后复盘. */
  debrief: {
    writers: ['operating_surgeon', 'proctor', 'anaesthetist', 'nurse'],
    sections: [
      { id: 'course', required: true },
      { id: 'deviations' },
      { id: 'network' },
      { id: 'lessons', required: true },
    ],
  },
};

/** Ours: ten pages of Chinese text; who writes more attaches a file. */
export const MOST_LETTERS = 10_000;

/** What is written; empty is a text too. */
export const sectionTextSchema = z.union([z.literal(''), textSchema(MOST_LETTERS)]);

export interface Section {
  text: string;
  /** Counts its changes; 0 was never written. */
  version: number;
  /** Account of who changed it last; empty while nobody has. */
  by: string;
  atMs: number;
}
export type Sections = Readonly<Record<string, Section>>;

/** An unwritten document: every section empty. */
export function emptySections(kind: SectionedKind): Record<string, Section> {
  return Object.fromEntries(
    DOCUMENTS[kind].sections.map(({ id }) => [id, { text: '', version: 0, by: '', atMs: 0 }]),
  );
}

/** The required sections that nobody has written. */
export function unwritten(kind: SectionedKind, sections: Sections): string[] {
  return DOCUMENTS[kind].sections
    .filter(({ id, required }) => required && (sections[id]?.text ?? '') === '')
    .map(({ id }) => id);
}

export type Written =
  | { outcome: 'written'; section: Section }
  /** Somebody else was there first: what stands now. */
  | { outcome: 'conflict'; current: Section };

/**
 * One change of one section, based on the version that its writer saw. Nobody overwrites what they have not seen; the same text again is no
 * change, so that a save may be repeated.
 */
export function write(
  current: Section,
  { text, basedOn, by, atMs }: { text: string; basedOn: number; by: string; atMs: number },
): Written {
  if (text === current.text) return { outcome: 'written', section: current };
  if (basedOn !== current.version) return { outcome: 'conflict', current };
  return { outcome: 'written', section: { text, version: current.version + 1, by, atMs } };
}

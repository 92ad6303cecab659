import type { PatientFacts, Questionnaire } from '../../../clinic/model/questionnaire/index.ts';
import type { ShownDocument } from '../../document/document-draft.svelte.ts';

/** A time that could be booked. */
export interface BookableSlot {
  slotId: string;
  name: string;
  title: string | null;
  startsAtMs: number;
}

/** What a form needs in which a time is chosen. */
export interface BookingExtras {
  /** Free times while one is to be chosen. */
  slots: readonly BookableSlot[];
  /** For whom this person may add a time that nobody offered. */
  extraFor: readonly { accountId: string; name: string }[];
}

/** What the page of a visit needs beyond the case. */
export interface OutpatientExtras extends BookingExtras {
  triage: Questionnaire;
  preConsult: Questionnaire;
  facts: PatientFacts;
  /** Who could see patients in this institution. */
  doctors: readonly { accountId: string; name: string }[];
  place: { ahead: number; waitLowMs: number; waitHighMs: number } | null;
  note: ShownDocument | null;
  noteSections: readonly { id: string; required?: true }[];
  mayWriteNote: boolean;
  mayWritePrescription: boolean;
  mayGiveLink: boolean;
  /** Names of everybody who ever acted in the case, by account. */
  names: Readonly<Record<string, string>>;
}

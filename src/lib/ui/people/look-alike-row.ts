import type { LookAlike, Likeness } from '../../clinic/people/index.ts';
import { patientRowOf, type PatientRow } from './patient-row.ts';

/** A record that may be the same person's, and why. */
export interface LookAlikeRow {
  patient: PatientRow;
  likenesses: Likeness[];
}

export const lookAlikeRowOf = ({ patient, likenesses }: LookAlike, nowMs: number): LookAlikeRow => ({
  patient: patientRowOf(patient, nowMs),
  likenesses,
});

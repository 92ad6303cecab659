import type { Sex } from '../model/people/index.ts';
import type { patient } from '../../storage/index.ts';

export type PatientRow = typeof patient.$inferSelect;

/** A patient as those see it who treat patients at the institution that owns the record. */
export interface PatientView {
  patientId: string;
  institutionId: string;
  name: string;
  sex: Sex;
  birthDate: string | null;
  idKind: PatientRow['idKind'];
  idMasked: string | null;
  phone: string | null;
  guardian: PatientRow['guardian'];
  /** The record that this one is part of by now. */
  mergedInto: string | null;
  createdAtMs: number;
  updatedAtMs: number;
}

export function viewOfPatient(row: PatientRow): PatientView {
  const {
    id,
    createdAt,
    updatedAt,
    idDigest: _,
    pinyin: __,
    pinyinInitials: ___,
    createdBy: ____,
    ...rest
  } = row;
  return {
    patientId: id,
    ...rest,
    createdAtMs: createdAt.getTime(),
    updatedAtMs: updatedAt.getTime(),
  };
}

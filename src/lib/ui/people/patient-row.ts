import { ageYears, type Sex } from '../../clinic/model/people/index.ts';
import type { PatientView } from '../../clinic/people/index.ts';

/** A patient in a list: enough to know who it is, and no number that could be copied. */
export interface PatientRow {
  patientId: string;
  name: string;
  sex: Sex;
  birthDate: string | null;
  ageYears: number | null;
  idMasked: string | null;
  phoneMasked: string | null;
  /** The name that was found, when it stands in a record that is part of this one by now. */
  foundAs: string | null;
}

export function patientRowOf(
  { patientId, name, sex, birthDate, idMasked, phone, ...rest }: PatientView & { foundAs?: string | null },
  nowMs: number,
): PatientRow {
  return {
    patientId,
    name,
    sex,
    birthDate,
    ageYears: birthDate === null ? null : ageYears(birthDate, nowMs),
    idMasked,
    phoneMasked: phone === null ? null : maskPhone(phone),
    foundAs: rest.foundAs ?? null,
  };
}

const TAIL = 4;
const HEAD = 3;

/** `138****3456`: the last digits are what people ask each other for. */
export function maskPhone(phone: string): string {
  const shown = phone.length >= HEAD + 2 * TAIL ? HEAD : 0;
  const tail = Math.min(TAIL, Math.floor(phone.length / 2));
  return `${phone.slice(0, shown)}${'*'.repeat(phone.length - shown - tail)}${phone.slice(-tail)}`;
}

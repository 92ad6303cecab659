import { z } from 'zod';
import { displayNameSchema, idKindSchema, lineSchema, SEXES } from '../../../signaling/contract/index.ts';
import { ageYears, dayInChina } from './age.ts';
import { isDay, readDocument, type DocumentProblem, type ReadDocument } from './identity-document.ts';

/** Of children below this age a guardian is known and comes along (互联网诊疗监管细则 2022; 低龄儿童). */
export const GUARDIAN_BELOW_YEARS = 6;

/** 买买提's middle dot is typed in many ways and written in one. */
const personNameSchema = displayNameSchema.transform((name) =>
  name
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .replace(/\s*[•・‧∙．]\s*/g, '·'),
);

const daySchema = z.string().refine(isDay, { error: 'no day YYYY-MM-DD' }).nullable();

/** Digits with or without a country; a Chinese number is kept without its country, as people here say it. */
export const phoneSchema = z
  .string()
  .max(32)
  .transform((typed) => typed.normalize('NFKC').replace(/[\s()-]+/g, ''))
  .transform((typed) => typed.replace(/^(\+86|0086)(?=\d{7,12}$)/, ''))
  .refine((phone) => /^\+?\d{5,15}$/.test(phone), { error: 'no telephone number' });

export const guardianSchema = z.strictObject({
  name: personNameSchema,
  /** Mother, grandfather, … in the family's words. */
  relation: lineSchema,
  phone: phoneSchema.nullable(),
});

export const newPatientSchema = z.strictObject({
  name: personNameSchema,
  sex: z.enum(SEXES).default('unknown'),
  birthDate: daySchema.default(null),
  idKind: idKindSchema.default('none'),
  idNumber: z.string().max(64).nullable().default(null),
  phone: phoneSchema.nullable().default(null),
  guardian: guardianSchema.nullable().default(null),
});
export type NewPatient = z.input<typeof newPatientSchema>;
type ParsedPatient = z.output<typeof newPatientSchema>;

/** What is not named stays. A document is named whole: its kind and its number. */
export const patientChangeSchema = z.strictObject({
  name: personNameSchema.optional(),
  sex: z.enum(SEXES).optional(),
  birthDate: daySchema.optional(),
  document: z.strictObject({ kind: idKindSchema, number: z.string().max(64).nullable() }).optional(),
  phone: phoneSchema.nullable().optional(),
  guardian: guardianSchema.nullable().optional(),
});
export type PatientChange = z.input<typeof patientChangeSchema>;

export type PatientProblem =
  | `document_${DocumentProblem}`
  | 'birth_date_in_future'
  | 'birth_date_differs'
  | 'sex_differs'
  | 'guardian_missing';

export interface CheckedPatient extends Omit<ParsedPatient, 'idNumber'> {
  document: ReadDocument | null;
}

/**
 * What a resident id says is taken over and has to agree with what was said. Pure, so that a page can tell while somebody types; a list
 * of problems when anything is wrong.
 */
export function checkPatient(
  { idNumber, ...said }: ParsedPatient,
  atMs: number,
): CheckedPatient | { problems: PatientProblem[] } {
  const problems: PatientProblem[] = [];
  const read = readDocument(said.idKind, idNumber, atMs);
  const document = read && 'problem' in read ? null : read;
  if (read && 'problem' in read) problems.push(`document_${read.problem}`);
  if (document?.birthDate && said.birthDate && document.birthDate !== said.birthDate)
    problems.push('birth_date_differs');
  if (document?.sex && said.sex !== 'unknown' && document.sex !== said.sex) problems.push('sex_differs');
  const birthDate = document?.birthDate ?? said.birthDate;
  problems.push(...lifeProblems({ birthDate, guardian: said.guardian }, atMs));
  if (problems.length > 0) return { problems };
  return { ...said, birthDate, sex: document?.sex ?? said.sex, document };
}

/** What holds of every patient, however it became known. */
export function lifeProblems(
  { birthDate, guardian }: Pick<ParsedPatient, 'birthDate' | 'guardian'>,
  atMs: number,
): PatientProblem[] {
  if (birthDate === null) return [];
  if (birthDate > dayInChina(atMs)) return ['birth_date_in_future'];
  return guardian === null && ageYears(birthDate, atMs) < GUARDIAN_BELOW_YEARS ? ['guardian_missing'] : [];
}

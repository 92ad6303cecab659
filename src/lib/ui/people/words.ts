import { getLocale } from '../../paraglide/runtime.js';
import { m } from '../../paraglide/messages.js';
import type { IdKind, Sex } from '../../clinic/model/people/index.ts';
import type { Likeness } from '../../clinic/people/index.ts';
import type { CheckedDraft, FieldProblem } from './patient-draft.ts';

const SEX: Record<Sex, () => string> = {
  female: m.patient_female,
  male: m.patient_male,
  unknown: m.people_sex_unknown,
};
export const sexText = (sex: Sex): string => SEX[sex]();

const ID_KIND: Record<IdKind, () => string> = {
  resident_id: m.people_id_resident_id,
  passport: m.people_id_passport,
  hk_macau_permit: m.people_id_hk_macau_permit,
  taiwan_permit: m.people_id_taiwan_permit,
  birth_certificate: m.people_id_birth_certificate,
  none: m.people_id_none,
};
export const idKindText = (kind: IdKind): string => ID_KIND[kind]();

const LIKENESS: Record<Likeness, () => string> = {
  same_document: m.people_likeness_same_document,
  same_name_and_birth_date: m.people_likeness_same_name_and_birth_date,
  same_name_and_phone: m.people_likeness_same_name_and_phone,
  same_sound_birth_date_and_sex: m.people_likeness_same_sound_birth_date_and_sex,
};
export const likenessText = (likenesses: readonly Likeness[]): string =>
  likenesses.map((likeness) => LIKENESS[likeness]()).join(m.list_separator());

const ofDay = (locale: string, month: 'long' | 'short') =>
  new Intl.DateTimeFormat(locale, { year: 'numeric', month, day: 'numeric', timeZone: 'UTC' });
// Made once, as those of every time: a list of patients has many.
const CHINESE_DAY = ofDay('zh-CN', 'long');
const ENGLISH_DAY = ofDay('en-GB', 'short');

/** `1949年12月31日`, `31 Dec 1949`: a day of the calendar, the same wherever somebody reads it. */
export const dayText = (day: string): string =>
  (getLocale() === 'zh-CN' ? CHINESE_DAY : ENGLISH_DAY).format(new Date(`${day}T00:00:00Z`));

const PROBLEM: Record<Exclude<FieldProblem, 'birth_date_differs' | 'sex_differs'>, () => string> = {
  name: m.people_wrong_name,
  sex: m.people_wrong_sex,
  birthDate: m.people_wrong_birthDate,
  idNumber: m.people_wrong_idNumber,
  phone: m.people_wrong_phone,
  guardianName: m.people_wrong_guardianName,
  guardianRelation: m.people_wrong_guardianRelation,
  guardianPhone: m.people_wrong_guardianPhone,
  document_number_missing: m.people_wrong_document_number_missing,
  document_number_unexpected: m.people_wrong_document_number_unexpected,
  document_shape: m.people_wrong_document_shape,
  document_region: m.people_wrong_document_region,
  document_birth_date: m.people_wrong_document_birth_date,
  document_checksum: m.people_wrong_document_checksum,
  birth_date_in_future: m.people_wrong_birth_date_in_future,
  guardian_missing: m.people_wrong_guardian_missing,
};

/** What is wrong with a field and what to do. */
export function problemText(problem: FieldProblem, said: CheckedDraft['said']): string {
  if (problem === 'birth_date_differs')
    return m.people_wrong_birth_date_differs({ said: said ? dayText(said.birthDate) : '' });
  if (problem === 'sex_differs') return m.people_wrong_sex_differs({ said: said ? sexText(said.sex) : '' });
  return PROBLEM[problem]();
}

import {
  ageYears,
  checkPatient,
  GUARDIAN_BELOW_YEARS,
  newPatientSchema,
  readDocument,
  type IdKind,
  type NewPatient,
  type PatientChange,
  type PatientProblem,
  type Sex,
} from '../../clinic/model/people/index.ts';
import type { PatientView } from '../../clinic/people/index.ts';

/** A patient as a form holds it: everything is text, nothing is missing. */
export interface PatientDraft {
  name: string;
  sex: Sex;
  birthDate: string;
  idKind: IdKind;
  idNumber: string;
  phone: string;
  guardianName: string;
  guardianRelation: string;
  guardianPhone: string;
}

/** The fields that can be wrong, in the order in which they stand. */
export const PATIENT_FIELDS = [
  'name',
  'idNumber',
  'sex',
  'birthDate',
  'phone',
  'guardianName',
  'guardianRelation',
  'guardianPhone',
] as const;
export type PatientField = (typeof PATIENT_FIELDS)[number];

/** What is wrong with a field by itself is named after the field. */
export type FieldProblem = PatientProblem | PatientField;

export interface CheckedDraft {
  wrong: Partial<Record<PatientField, FieldProblem>>;
  /** What the document says of its holder, once its number is right. */
  said: Pick<PatientDraft, 'birthDate' | 'sex'> | null;
  ageYears: number | null;
  guardian: 'needed' | 'advised' | 'none';
}

/** Ours, after the age of majority (民法典 §17): whoever is younger has somebody who decides. */
const GUARDIAN_ADVISED_BELOW_YEARS = 18;

export const emptyDraft = (name = ''): PatientDraft => ({
  name,
  sex: 'unknown',
  birthDate: '',
  idKind: 'resident_id',
  idNumber: '',
  phone: '',
  guardianName: '',
  guardianRelation: '',
  guardianPhone: '',
});

/** Of a record, to be changed. The number of its document is not known to anybody any more. */
export const draftOf = ({ name, sex, birthDate, idKind, phone, guardian }: PatientView): PatientDraft => ({
  name,
  sex,
  birthDate: birthDate ?? '',
  idKind,
  idNumber: '',
  phone: phone ?? '',
  guardianName: guardian?.name ?? '',
  guardianRelation: guardian?.relation ?? '',
  guardianPhone: guardian?.phone ?? '',
});

export const hasGuardian = ({ guardianName, guardianRelation, guardianPhone }: PatientDraft): boolean =>
  [guardianName, guardianRelation, guardianPhone].some((text) => text.trim() !== '');

export function newPatientOf(draft: PatientDraft): NewPatient & { name: string } {
  return {
    name: draft.name,
    sex: draft.sex,
    birthDate: draft.birthDate || null,
    idKind: draft.idKind,
    idNumber: draft.idKind === 'none' ? null : draft.idNumber,
    phone: draft.phone.trim() || null,
    guardian: hasGuardian(draft)
      ? {
          name: draft.guardianName,
          relation: draft.guardianRelation,
          phone: draft.guardianPhone.trim() || null,
        }
      : null,
  };
}

/** Only what differs from the record, with the document when it is given anew. */
export function changeOf(draft: PatientDraft, before: PatientDraft, newDocument: boolean): PatientChange {
  const [next, was] = [newPatientOf(draft), newPatientOf(before)];
  const change: PatientChange = {};
  if (next.name !== was.name) change.name = next.name;
  if (next.sex !== was.sex) change.sex = next.sex;
  if (next.birthDate !== was.birthDate) change.birthDate = next.birthDate;
  if (next.phone !== was.phone) change.phone = next.phone;
  if (JSON.stringify(next.guardian) !== JSON.stringify(was.guardian)) change.guardian = next.guardian;
  if (newDocument) change.document = { kind: draft.idKind, number: next.idNumber ?? null };
  return change;
}

const FIELD_OF_PATH: Readonly<Record<string, PatientField>> = {
  name: 'name',
  sex: 'sex',
  birthDate: 'birthDate',
  idNumber: 'idNumber',
  phone: 'phone',
  'guardian.name': 'guardianName',
  'guardian.relation': 'guardianRelation',
  'guardian.phone': 'guardianPhone',
};

/** The hub's own checks, while somebody types; the hub decides by its own clock when it is sent. */
export function checkDraft(draft: PatientDraft, atMs: number): CheckedDraft {
  const wrong: CheckedDraft['wrong'] = {};
  const typed = newPatientOf(draft);
  const parsed = newPatientSchema.safeParse(typed);
  for (const { path } of parsed.error?.issues ?? []) {
    const field = FIELD_OF_PATH[path.join('.')];
    if (field) wrong[field] ??= field;
  }
  // What the fields say together is told also while one of them is wrong by itself.
  const sound = parsed.success
    ? parsed.data
    : newPatientSchema.parse(withoutWrong(typed, parsed.error.issues));
  const checked = checkPatient(sound, atMs);
  for (const problem of 'problems' in checked ? checked.problems : []) {
    // A guardian who is half entered is told of at the field that is missing.
    if (problem === 'guardian_missing' && typed.guardian) continue;
    wrong[fieldOf(problem)] ??= problem;
  }
  const said = saidBy(draft, atMs);
  const birthDate = said?.birthDate ?? sound.birthDate;
  const age = birthDate === null || 'birthDate' in wrong ? null : ageYears(birthDate, atMs);
  return { wrong, said, ageYears: age, guardian: guardianAt(age) };
}

function withoutWrong(
  typed: NewPatient,
  issues: readonly { path: PropertyKey[] }[],
): Record<string, unknown> {
  const wrong = new Set(issues.map(({ path }) => path[0]));
  const rest = Object.entries(typed).filter(([key]) => !wrong.has(key));
  return { name: '?', ...Object.fromEntries(rest) };
}

function fieldOf(problem: PatientProblem): PatientField {
  if (problem.startsWith('document_')) return 'idNumber';
  if (problem === 'sex_differs') return 'sex';
  return problem === 'guardian_missing' ? 'guardianName' : 'birthDate';
}

function saidBy({ idKind, idNumber }: PatientDraft, atMs: number): CheckedDraft['said'] {
  const read = idKind === 'none' ? null : readDocument(idKind, idNumber, atMs);
  if (!read || 'problem' in read || read.birthDate === null || read.sex === null) return null;
  return { birthDate: read.birthDate, sex: read.sex };
}

function guardianAt(age: number | null): CheckedDraft['guardian'] {
  if (age === null || age >= GUARDIAN_ADVISED_BELOW_YEARS) return 'none';
  return age < GUARDIAN_BELOW_YEARS ? 'needed' : 'advised';
}

/**
 * Fills in what the document says, where nobody has said otherwise: `filled` is what stands in a field without having been typed there.
 */
export function takeOver(
  draft: PatientDraft,
  filled: Partial<Pick<PatientDraft, 'birthDate' | 'sex'>>,
  said: NonNullable<CheckedDraft['said']>,
): Pick<PatientDraft, 'birthDate' | 'sex'> {
  const free = draft.birthDate === '' || draft.birthDate === filled.birthDate;
  return {
    birthDate: free ? said.birthDate : draft.birthDate,
    sex: draft.sex === 'unknown' || draft.sex === filled.sex ? said.sex : draft.sex,
  };
}

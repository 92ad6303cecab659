import { z } from 'zod';
import { accountIdSchema, textSchema } from './ids.ts';
import type { AccountRole } from './roles.ts';

/** What a case is about: the four remotes (四远程), and the diagnosis centre that reads exams of every institution. */
export const CASE_KINDS = ['consult', 'outpatient', 'exam', 'surgery', 'reading'] as const;
export const caseKindSchema = z.enum(CASE_KINDS);
export type CaseKind = z.infer<typeof caseKindSchema>;

/** Ours, after FHIR's request priority (routine, urgent, asap, stat), of which clinics here use three. */
export const URGENCIES = ['routine', 'urgent', 'emergency'] as const;
export const urgencySchema = z.enum(URGENCIES);
export type Urgency = z.infer<typeof urgencySchema>;

/** What somebody does in one case. An account may have several. */
export const CASE_FUNCTIONS = [
  'local_doctor',
  'specialist',
  'clinic_doctor',
  'pharmacist',
  'sonographer',
  'expert',
  'operating_surgeon',
  'proctor',
  'anaesthetist',
  'nurse',
  'reader',
  'second_reader',
  'interpreter',
  'observer',
] as const;
export const caseFunctionSchema = z.enum(CASE_FUNCTIONS);
export type CaseFunction = z.infer<typeof caseFunctionSchema>;

/**
 * Who may take a step in a case: `as:` a function in it, `home:` a role at the institution that owns it, `guest:` a role at the other one that
 * takes part in it, `role:` a role anywhere (the pool of dispatchers, readers), whoever asked for it, the patient by a link, the box that serves it, or the hub's own clock.
 */
export type CaseActor =
  | `as:${CaseFunction}`
  | `home:${AccountRole}`
  | `guest:${AccountRole}`
  | `role:${AccountRole}`
  | 'requester'
  | 'patient'
  | 'box'
  | 'clock';

export const SEXES = ['female', 'male', 'unknown'] as const;
export const LATERALITIES = ['left', 'right', 'both', 'none'] as const;
export const lateralitySchema = z.enum(LATERALITIES);
/** Identity documents as Chinese hospitals register them. */
export const ID_KINDS = [
  'resident_id',
  'passport',
  'hk_macau_permit',
  'taiwan_permit',
  'birth_certificate',
  'none',
] as const;
export const idKindSchema = z.enum(ID_KINDS);

const clinicIdSchema = z.string().regex(/^[A-Za-z0-9_-]{4,64}$/);
export const caseIdSchema = clinicIdSchema;
export const patientIdSchema = clinicIdSchema;
export const attachmentIdSchema = clinicIdSchema;
export const documentIdSchema = clinicIdSchema;
export const slotIdSchema = clinicIdSchema;
export const notificationIdSchema = clinicIdSchema;
export const departmentIdSchema = clinicIdSchema;
export const questionnaireIdSchema = clinicIdSchema;
export const webhookIdSchema = clinicIdSchema;
export const aiModelIdSchema = clinicIdSchema;

/** Medical specialties that a request may wish for; codes of our own, names in the UI. */
export const SPECIALTIES = [
  'ultrasound',
  'radiology',
  'cardiology',
  'respiratory',
  'gastroenterology',
  'neurology',
  'endocrinology',
  'nephrology',
  'haematology',
  'oncology',
  'general_surgery',
  'orthopaedics',
  'urology',
  'neurosurgery',
  'thoracic_surgery',
  'obstetrics_gynaecology',
  'paediatrics',
  'dermatology',
  'ophthalmology',
  'otolaryngology',
  'stomatology',
  'psychiatry',
  'infectious_diseases',
  'emergency',
  'intensive_care',
  'anaesthesiology',
  'pathology',
  'general_practice',
  'traditional_chinese_medicine',
  'rehabilitation',
] as const;
export const specialtySchema = z.enum(SPECIALTIES);
export type Specialty = z.infer<typeof specialtySchema>;

/** Of the picture devices that an exam uses; DICOM's modality codes where there is one. */
export const EXAM_MODALITIES = ['ultrasound', 'endoscopy', 'pathology', 'dermatology', 'ecg'] as const;
export const examModalitySchema = z.enum(EXAM_MODALITIES);

export const caseParticipantSchema = z.strictObject({
  accountId: accountIdSchema,
  function: caseFunctionSchema,
});
export type CaseParticipant = z.infer<typeof caseParticipantSchema>;

/** A few lines that somebody wrote: a reason, a note. */
export const lineSchema = textSchema(200);
export const paragraphSchema = textSchema(4_000);

import { z } from 'zod';
import {
  accountIdSchema,
  attachmentIdSchema,
  caseIdSchema,
  lineSchema,
  paragraphSchema,
  patientIdSchema,
  slotIdSchema,
  type CaseActor,
} from '../../../signaling/contract/index.ts';
import { answersSchema, outcomeSchema } from '../questionnaire/index.ts';
import type { PrescriptionLine } from './prescription.ts';

export type OutpatientState =
  | 'triage'
  | 'red_flag'
  | 'red_flag_overdue'
  | 'pre_consult'
  | 'booking'
  | 'proof_check'
  | 'booked'
  | 'waiting'
  | 'called'
  | 'in_visit'
  | 'frozen'
  | 'concluding'
  | 'pharmacy'
  | 'returned'
  | 'payment'
  | 'follow_up'
  | 'closed'
  | 'cancelled'
  | 'no_show'
  | 'sent_to_emergency'
  | 'became_consult';

/** By whom and when; null is the patient, or the hub's clock. */
export interface Signed {
  by: string | null;
  atMs: number;
}

/** Why this is no first visit: first visits are not made online (互联网诊疗管理办法). */
export type Proof =
  | { kind: 'earlier_case'; caseId: string }
  | ({ kind: 'checked_by_staff'; statement: string | null; attachmentIds: string[] } & Signed);

export interface Answered {
  answers: z.infer<typeof answersSchema>;
  outcome: z.infer<typeof outcomeSchema>;
  atMs: number;
}

export interface Booking {
  slotId: string;
  doctorId: string;
  startsAtMs: number;
  endsAtMs: number;
}

export interface OutpatientData {
  reason: string;
  triage: Answered | null;
  redFlagDecision: ({ decision: string; reason: string } & Signed) | null;
  preConsult: Answered | null;
  /** Waits to be looked at by staff. */
  claim: { statement: string | null; attachmentIds: string[] } | null;
  proof: Proof | null;
  /** Why staff did not take the last claim. */
  proofRefused: string | null;
  booking: Booking | null;
  /** Whose queue the patient is in: of the booking, unless somebody else took over. */
  doctorId: string | null;
  checkedInAtMs: number | null;
  identity: ({ how: string; guardian: string | null } & Signed) | null;
  missedCalls: number;
  note: ({ text: string } & Signed) | null;
  prescription: ({ lines: PrescriptionLine[] } & Signed) | null;
  signed: Signed | null;
  pharmacy: ({ approved: boolean; reason: string | null } & Signed) | null;
  /** What is to be paid, in fen: the visit, and the medicines. */
  feeFen: { visit: number; medicines: number };
  payment: ({ how: string; receipt: string | null } & Signed) | null;
  followUp: ({ afterDays: number | null; instructions: string | null } & Signed) | null;
  /** What was written before it came out that the record was another's; nobody's, and kept. */
  quarantined: { note: OutpatientData['note']; prescription: OutpatientData['prescription']; atMs: number }[];
  ended: ({ reason: string } & Signed) | null;
}

export const newOutpatient = (reason: string): OutpatientData => ({
  reason,
  triage: null,
  redFlagDecision: null,
  preConsult: null,
  claim: null,
  proof: null,
  proofRefused: null,
  booking: null,
  doctorId: null,
  checkedInAtMs: null,
  identity: null,
  missedCalls: 0,
  note: null,
  prescription: null,
  signed: null,
  pharmacy: null,
  feeFen: { visit: 0, medicines: 0 },
  payment: null,
  followUp: null,
  quarantined: [],
  ended: null,
});

/** Who looks after patients at the institution that owns the case. */
export const STAFF: readonly CaseActor[] = [
  'home:nurse',
  'home:rural_doctor',
  'home:specialist',
  'home:dispatcher',
];
export const DOCTOR: readonly CaseActor[] = ['as:clinic_doctor'];
/** Who, of those that guide a visit from outside of it, may act for the patient. */
export const PATIENT_SIDE: readonly CaseActor[] = ['patient', 'requester', ...STAFF];

/** Ours: after three calls that nobody answered the next is seen. */
export const MOST_CALLS = 3;
/** Below this age a guardian is there (clinical.md). */
export const GUARDIAN_BELOW_YEARS = 6;
/** Ours: who missed a call is tried again after this many others. */
export const MISSED_BEHIND = 2;
/** Ours: who comes earlier than this before the time waits at home. */
const EARLIEST_MS = 2 * 60 * 60_000;

const bookInput = z.strictObject({
  slotId: slotIdSchema,
  /** By the hub. */
  slot: z.strictObject({ doctorId: accountIdSchema, startsAtMs: z.number(), endsAtMs: z.number() }),
});

const fen = z.int().min(0).max(10_000_000);

/** Fields that the hub adds by itself, over whatever somebody says, are marked so; pages leave them out. */
export const INPUTS = {
  open: z.strictObject({ reason: lineSchema }),
  because: z.strictObject({ reason: lineSchema }),
  answer: z.strictObject({
    answers: answersSchema,
    /** By the hub. */
    outcome: outcomeSchema,
    /** By the hub: an earlier visit here that was closed. */
    earlierCaseId: caseIdSchema.nullable(),
  }),
  decideRedFlag: z.strictObject({
    decision: z.enum(['go_on', 'send_to_emergency']),
    reason: lineSchema,
  }),
  claim: z.strictObject({
    statement: paragraphSchema.nullable(),
    attachmentIds: z.array(attachmentIdSchema).max(20),
    /** By the hub. */
    earlierCaseId: caseIdSchema.nullable(),
  }),
  book: bookInput,
  /** Staff says why; a patient need not. */
  move: bookInput.extend({ reason: lineSchema.optional() }),
  checkIdentity: z.strictObject({
    /** What was looked at. */
    how: z.enum(['document', 'known_in_person', 'guardian_vouches']),
    /** Name and relation of who is with a child. */
    guardian: lineSchema.nullable(),
    /** By the hub. */
    ageYears: z.number().nullable(),
  }),
  doctor: z.strictObject({ doctorId: accountIdSchema, reason: lineSchema }),
  skip: z.strictObject({
    /** Behind how many others. */
    behind: z.int().min(1).max(50).default(1),
  }),
  note: z.strictObject({ text: paragraphSchema }),
  sign: z.strictObject({ feeFen: fen }),
  approve: z.strictObject({ medicinesFen: fen }),
  reidentify: z.strictObject({
    patientId: patientIdSchema,
    reason: lineSchema,
    /** By the hub: an earlier visit of the right patient. */
    earlierCaseId: caseIdSchema.nullable(),
  }),
  paid: z.strictObject({ how: z.enum(['counter', 'online', 'waived']), receipt: lineSchema.nullable() }),
  followUp: z
    .strictObject({
      afterDays: z.int().min(1).max(365).nullable(),
      instructions: paragraphSchema.nullable(),
    })
    .refine(({ afterDays, instructions }) => afterDays === null || instructions !== null, {
      error: 'say what the follow-up is for',
      path: ['instructions'],
    }),
} as const;

/** Why nobody may check in yet. */
export const tooEarly = (booking: Booking | null, atMs: number): boolean =>
  booking !== null && atMs < booking.startsAtMs - EARLIEST_MS;

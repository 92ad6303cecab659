import { z } from 'zod';
import {
  accountIdSchema,
  lineSchema,
  paragraphSchema,
  slotIdSchema,
  specialtySchema,
  urgencySchema,
  type Urgency,
} from '../../../signaling/contract/index.ts';

/** What a request has to say, and what the invitation then repeats (clinical.md: "reason, purpose, time, summary"). */
export const consultRequestInput = z.strictObject({
  reason: lineSchema,
  purpose: lineSchema,
  /** 病历摘要: history, findings, treatment so far. */
  summary: paragraphSchema,
  specialty: specialtySchema,
});
export type ConsultRequest = z.output<typeof consultRequestInput>;
/** A draft may be incomplete; what is left out stays as it was. */
export const consultDraftInput = consultRequestInput.partial();

const momentMs = z.int().min(0).max(8.64e15);
export const meetingInput = z.strictObject({
  accountId: accountIdSchema,
  startsAtMs: momentMs,
  /** Of published time; then it has to begin at `startsAtMs`. Without one, the time was agreed otherwise. */
  slotId: slotIdSchema.optional(),
  /** Ours: a consult takes between a short look and half a day. */
  minutes: z.int().min(5).max(240).default(30),
});
export const participantInput = z.strictObject({
  accountId: accountIdSchema,
  function: z.enum(['specialist', 'interpreter', 'observer']),
});
export const emergencyInput = z.strictObject({
  /** The visit or exam that became a consult. */
  linkedCaseId: z.string().min(4).max(64),
  reason: lineSchema,
  purpose: lineSchema,
  summary: paragraphSchema,
  specialty: specialtySchema.nullable(),
});
export const consentInput = z.strictObject({
  /** `institution`: nobody who could consent can be asked, and a life is at stake (民法典 第一千二百二十条). */
  givenBy: z.enum(['patient', 'guardian', 'institution']),
  /** Who signed, as written; for an institution, who answers for it. */
  signedName: lineSchema,
  /** In fen; at most 100 000 yuan, ours, against a slip of the key. */
  feeFen: z.int().min(0).max(10_000_000),
  /** Of the text that was put before them. */
  textVersion: z.string().regex(/^[A-Za-z0-9._-]{1,32}$/),
});
export const decisionInput = z.strictObject({
  /** What the local doctor makes of the opinion: the decision stays with whoever treats. */
  follows: z.enum(['wholly', 'partly', 'not']),
  decision: paragraphSchema,
});
export const reidentifyInput = z.strictObject({
  patientId: z.string().regex(/^[A-Za-z0-9_-]{4,64}$/),
  /** The person who signed is the one who is here; only the record was another's. */
  consentStands: z.boolean(),
  /** Added by the hub: whose record it was until now. */
  formerPatientId: z.string().max(64).optional(),
});
export const because = z.strictObject({ reason: lineSchema });
export const urgencyInput = z.strictObject({ urgency: urgencySchema, reason: lineSchema });
export const questionInput = z.strictObject({ question: paragraphSchema });

export interface Consent extends z.output<typeof consentInput> {
  recordedBy: string | null;
  atMs: number;
}

export interface ConsultData {
  request: Partial<Omit<ConsultRequest, 'specialty'>> & { specialty?: ConsultRequest['specialty'] | null };
  linkedCaseId: string | null;
  /** Has taken it on. */
  dispatcher: { accountId: string; name: string | null } | null;
  /** How often nobody acted in time. */
  escalations: number;
  /** What the dispatcher wants to know before matching. */
  question: string | null;
  specialistId: string | null;
  /** Who was asked before, and why it is not them; the latest last. */
  former: { accountId: string; reason: string; atMs: number }[];
  /** Others who were brought in later; the case is not theirs to accept, refuse or drop. */
  alsoThere: string[];
  meeting: { startsAtMs: number; minutes: number } | null;
  consent: Consent | null;
  invitation: { atMs: number; startsAtMs: number; request: ConsultData['request'] } | null;
  /** Who has read the pack. */
  readBy: string[];
  /** Where a stopped case goes on. */
  resumeAs: string | null;
  decision: (z.output<typeof decisionInput> & { by: string | null; atMs: number }) | null;
  /** Why it ended before its end. */
  ended: { reason: string; atMs: number } | null;
}

export const emptyConsult: ConsultData = {
  request: {},
  linkedCaseId: null,
  dispatcher: null,
  escalations: 0,
  question: null,
  specialistId: null,
  former: [],
  alsoThere: [],
  meeting: null,
  consent: null,
  invitation: null,
  readBy: [],
  resumeAs: null,
  decision: null,
  ended: null,
};

/** The specialist no longer takes part; the time was theirs. */
export function withoutSpecialist(data: ConsultData, reason: string, atMs: number): ConsultData {
  if (data.specialistId === null) return data;
  const former = [...data.former, { accountId: data.specialistId, reason, atMs }];
  return { ...data, specialistId: null, former, readBy: [] };
}

/** A meeting may begin now, not before: a minute is granted for the time that filling in takes (ours). */
export const isPast = (startsAtMs: number, nowMs: number): boolean => startsAtMs < nowMs - 60_000;

/** By when the room should be open after the agreed time (ours): 15 minutes, in an emergency 5. */
export const LATE_MINUTES: Record<Urgency, number> = { routine: 15, urgent: 15, emergency: 5 };

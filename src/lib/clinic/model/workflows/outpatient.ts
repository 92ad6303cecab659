import type { z } from 'zod';
import type { CaseActor } from '../../../signaling/contract/index.ts';
import {
  DOCTOR,
  GUARDIAN_BELOW_YEARS,
  INPUTS,
  MOST_CALLS,
  newOutpatient,
  PATIENT_SIDE,
  STAFF,
  tooEarly,
  type Answered,
  type OutpatientData as Data,
  type OutpatientState as State,
  type Signed,
} from '../outpatient/outpatient-data.ts';
import { prescriptionInput } from '../outpatient/prescription.ts';
import { actionsOf, nothing, opening, type Refusal, type Step, type Workflow } from '../workflow.ts';

const step = actionsOf<State, Data>();

const HELPERS: readonly CaseActor[] = ['home:nurse', 'role:dispatcher'];
const BEFORE_VISIT: readonly State[] = [
  'triage',
  'red_flag',
  'red_flag_overdue',
  'pre_consult',
  'booking',
  'proof_check',
  'booked',
  'waiting',
  'called',
];
const WITH_DOCTOR: readonly State[] = ['waiting', 'called', 'in_visit', 'concluding'];
const WRITING: readonly State[] = ['in_visit', 'concluding', 'returned'];

const refuse = (code: Refusal['code'], message: string): Refusal => ({ code, message });
const by = ({ accountId, atMs }: Step<State>): Signed => ({ by: accountId, atMs });
const unidentified = ({ identity }: Data): Refusal | null =>
  identity ? null : refuse('out_of_order', 'nobody has checked yet who the patient is');
const ended = (data: Data, { reason }: { reason: string }, at: Step<State>): Data => ({
  ...data,
  ended: { reason, ...by(at) },
});
const answered = ({ answers, outcome }: z.output<typeof INPUTS.answer>, { atMs }: Step<State>): Answered => ({
  answers,
  outcome,
  atMs,
});
const afterSigning = ({ visit, medicines }: Data['feeFen']): State =>
  visit + medicines > 0 ? 'payment' : 'follow_up';
const afterCall = ({ missedCalls }: Data): State => (missedCalls + 1 >= MOST_CALLS ? 'no_show' : 'waiting');
const inQueueOf = (data: Data, { slotId, slot }: z.output<typeof INPUTS.book>): Data => ({
  ...data,
  booking: { slotId, ...slot },
  doctorId: slot.doctorId,
});

/**
 * 远程门诊. Minutes are ours: with a red flag somebody looks within two, and again within two when nobody did; a patient who was called has three
 * to come. The clock of `booked` is the end of the booked time; the booking's effect sets it.
 */
export const outpatient: Workflow<State, Data> = {
  kind: 'outpatient',
  visibleTo: [...STAFF, 'home:pharmacist', 'role:dispatcher'],
  states: {
    triage: { waitsFor: ['patient', 'requester'] },
    red_flag: { waitsFor: HELPERS, dueMinutes: { routine: 2, urgent: 2, emergency: 2 } },
    red_flag_overdue: {
      waitsFor: [...STAFF, 'role:dispatcher', 'requester'],
      dueMinutes: { routine: 2, urgent: 2, emergency: 2 },
    },
    pre_consult: { waitsFor: ['patient', 'requester'] },
    booking: { waitsFor: ['patient', 'requester'] },
    proof_check: { waitsFor: STAFF },
    booked: { waitsFor: ['patient'], scheduled: true },
    waiting: { waitsFor: DOCTOR },
    called: { waitsFor: ['patient', ...DOCTOR], dueMinutes: { routine: 3, urgent: 3, emergency: 3 } },
    in_visit: { waitsFor: DOCTOR },
    frozen: { waitsFor: [...DOCTOR, ...STAFF], frozen: true },
    concluding: { waitsFor: DOCTOR },
    pharmacy: { waitsFor: ['home:pharmacist'] },
    returned: { waitsFor: DOCTOR },
    payment: { waitsFor: ['home:nurse', 'home:pharmacist'] },
    follow_up: { waitsFor: DOCTOR },
    closed: { closed: true },
    cancelled: { closed: true },
    no_show: { closed: true },
    sent_to_emergency: { closed: true },
    became_consult: { closed: true },
  },
  opening: opening({
    by: ['role:rural_doctor', 'role:specialist', 'role:nurse', 'role:dispatcher'],
    input: INPUTS.open,
    state: 'triage',
    apply: ({ reason }): Data => newOutpatient(reason),
  }),
  actions: {
    /** Also before its end, when a red flag is up: nobody with a stroke answers ten more questions. */
    answerTriage: step({
      from: ['triage'],
      to: ['pre_consult', 'red_flag'],
      by: PATIENT_SIDE,
      input: INPUTS.answer,
      next: (_, { outcome }) => (outcome.redFlags.length > 0 ? 'red_flag' : 'pre_consult'),
      apply: (data, input, at) => ({ ...data, triage: answered(input, at) }),
    }),
    decideRedFlag: step({
      from: ['red_flag', 'red_flag_overdue'],
      to: ['pre_consult', 'sent_to_emergency', 'booking'],
      by: [...STAFF, 'role:dispatcher'],
      input: INPUTS.decideRedFlag,
      next: ({ preConsult }, { decision }) =>
        decision !== 'go_on' ? 'sent_to_emergency' : preConsult ? 'booking' : 'pre_consult',
      apply: (data, input, at) => ({ ...data, redFlagDecision: { ...input, ...by(at) } }),
    }),
    answerPreConsult: step({
      from: ['pre_consult'],
      to: ['booking', 'red_flag'],
      by: PATIENT_SIDE,
      input: INPUTS.answer,
      next: (_, { outcome }) => (outcome.redFlags.length > 0 ? 'red_flag' : 'booking'),
      apply: (data, input, at) => ({
        ...data,
        preConsult: answered(input, at),
        proof: input.earlierCaseId ? { kind: 'earlier_case', caseId: input.earlierCaseId } : data.proof,
      }),
    }),
    claimFirstVisit: step({
      from: ['booking'],
      to: ['proof_check', 'booking'],
      by: PATIENT_SIDE,
      input: INPUTS.claim,
      guard: ({ proof }, { statement, attachmentIds, earlierCaseId }) =>
        proof
          ? refuse('conflict', 'the first visit is proven already')
          : earlierCaseId === null && statement === null && attachmentIds.length === 0
            ? refuse('out_of_order', 'no earlier visit is known: say where it was, or attach its papers')
            : null,
      next: (_, { earlierCaseId }) => (earlierCaseId ? 'booking' : 'proof_check'),
      apply: (data, { statement, attachmentIds, earlierCaseId }) =>
        earlierCaseId
          ? { ...data, proof: { kind: 'earlier_case', caseId: earlierCaseId } }
          : { ...data, claim: { statement, attachmentIds }, proofRefused: null },
    }),
    acceptProof: step({
      from: ['proof_check'],
      to: ['booking'],
      by: STAFF,
      input: nothing,
      apply: (data, _, at) => ({
        ...data,
        claim: null,
        proof: {
          kind: 'checked_by_staff',
          ...(data.claim ?? { statement: null, attachmentIds: [] }),
          ...by(at),
        },
      }),
    }),
    refuseProof: step({
      from: ['proof_check'],
      to: ['booking'],
      by: STAFF,
      input: INPUTS.because,
      apply: (data, { reason }) => ({ ...data, claim: null, proofRefused: reason }),
    }),
    book: step({
      from: ['booking'],
      to: ['booked'],
      by: PATIENT_SIDE,
      input: INPUTS.book,
      guard: ({ proof }) =>
        proof
          ? null
          : refuse(
              'out_of_order',
              'a first visit is not made online: come to the clinic, or show that you were seen before',
            ),
      apply: inQueueOf,
    }),
    reschedule: step({
      from: ['booked'],
      to: 'same',
      by: [...PATIENT_SIDE, ...DOCTOR],
      input: INPUTS.move,
      apply: inQueueOf,
    }),
    checkIn: step({
      from: ['booked'],
      to: ['waiting'],
      by: PATIENT_SIDE,
      input: nothing,
      guard: ({ booking }, _, { atMs }) =>
        tooEarly(booking, atMs) ? refuse('out_of_order', 'come back two hours before the time') : null,
      apply: (data, _, { atMs }) => ({ ...data, checkedInAtMs: atMs, missedCalls: 0 }),
    }),
    /** Beside the patient, or by the doctor in the first minute of the video; without it nothing is written. */
    checkIdentity: step({
      from: ['waiting', 'called', 'in_visit'],
      to: 'same',
      by: ['requester', ...STAFF, ...DOCTOR],
      input: INPUTS.checkIdentity,
      guard: (_, { ageYears, guardian }) =>
        ageYears !== null && ageYears < GUARDIAN_BELOW_YEARS && guardian === null
          ? refuse('out_of_order', 'a child under six is seen with a guardian only')
          : null,
      apply: (data, { how, guardian }, at) => ({ ...data, identity: { how, guardian, ...by(at) } }),
    }),
    call: step({ from: ['waiting'], to: ['called'], by: DOCTOR, input: nothing }),
    /** Once more, because nobody heard it. */
    callAgain: step({ from: ['called'], to: 'same', by: DOCTOR, input: nothing }),
    begin: step({ from: ['called'], to: ['in_visit'], by: DOCTOR, input: nothing }),
    missed: step({
      from: ['called'],
      to: ['waiting', 'no_show'],
      by: DOCTOR,
      input: nothing,
      next: afterCall,
      apply: (data) => ({ ...data, missedCalls: data.missedCalls + 1 }),
    }),
    skip: step({
      from: ['waiting', 'called'],
      to: ['waiting'],
      by: [...DOCTOR, ...STAFF],
      input: INPUTS.skip,
    }),
    /** Came after all. */
    recall: step({
      from: ['no_show'],
      to: ['waiting'],
      by: [...DOCTOR, ...STAFF],
      input: nothing,
      guard: ({ doctorId }) => (doctorId ? null : refuse('out_of_order', 'was never booked')),
      apply: (data, _, { atMs }) => ({ ...data, missedCalls: 0, checkedInAtMs: data.checkedInAtMs ?? atMs }),
    }),
    /** The doctor is not there, or no longer; whoever is in the visit waits for the next at the head of the queue. */
    replaceDoctor: step({
      from: ['booked', 'waiting', 'called', 'in_visit', 'concluding'],
      to: ['waiting', 'booked'],
      by: [...DOCTOR, ...STAFF, 'role:dispatcher'],
      input: INPUTS.doctor,
      guard: (data, { doctorId }) =>
        data.doctorId === doctorId ? refuse('conflict', 'is the doctor already') : null,
      next: (_, __, { from }) => (from === 'booked' ? 'booked' : 'waiting'),
      apply: (data, { doctorId }) => ({ ...data, doctorId, missedCalls: 0 }),
    }),
    writeNote: step({
      from: WRITING,
      to: 'same',
      by: DOCTOR,
      input: INPUTS.note,
      guard: unidentified,
      apply: (data, { text }, at) => ({ ...data, note: { text, ...by(at) } }),
    }),
    /** By the doctor's own account and by nothing else: no model, no box, no patient writes a prescription. */
    writePrescription: step({
      from: WRITING,
      to: 'same',
      by: DOCTOR,
      input: prescriptionInput,
      guard: unidentified,
      apply: (data, { lines }, at) => ({
        ...data,
        prescription: lines.length > 0 ? { lines, ...by(at) } : null,
      }),
    }),
    endVisit: step({
      from: ['in_visit'],
      to: ['concluding'],
      by: DOCTOR,
      input: nothing,
      guard: unidentified,
    }),
    sign: step({
      from: ['concluding', 'returned'],
      to: ['pharmacy', 'payment', 'follow_up'],
      by: DOCTOR,
      input: INPUTS.sign,
      guard: (data) =>
        unidentified(data) ?? (data.note ? null : refuse('out_of_order', 'there is no note to sign')),
      next: ({ prescription }, { feeFen }) =>
        prescription ? 'pharmacy' : afterSigning({ visit: feeFen, medicines: 0 }),
      apply: (data, { feeFen }, at) => ({
        ...data,
        signed: by(at),
        pharmacy: null,
        feeFen: { visit: feeFen, medicines: 0 },
      }),
    }),
    approve: step({
      from: ['pharmacy'],
      to: ['payment', 'follow_up'],
      by: ['home:pharmacist'],
      input: INPUTS.approve,
      guard: ({ signed }, _, { accountId }) =>
        signed?.by === accountId ? refuse('forbidden', 'nobody approves the own prescription') : null,
      next: ({ feeFen }, { medicinesFen }) => afterSigning({ visit: feeFen.visit, medicines: medicinesFen }),
      apply: (data, { medicinesFen }, at) => ({
        ...data,
        pharmacy: { approved: true, reason: null, ...by(at) },
        feeFen: { ...data.feeFen, medicines: medicinesFen },
      }),
    }),
    returnPrescription: step({
      from: ['pharmacy'],
      to: ['returned'],
      by: ['home:pharmacist'],
      input: INPUTS.because,
      apply: (data, { reason }, at) => ({
        ...data,
        signed: null,
        pharmacy: { approved: false, reason, ...by(at) },
      }),
    }),
    /** At the counter by staff; online the payment's own system says so, through the hub. */
    settle: step({
      from: ['payment'],
      to: ['follow_up'],
      by: [...STAFF, 'home:pharmacist', 'clock'],
      input: INPUTS.paid,
      guard: (_, { how }, { accountId }) =>
        how === 'online' && accountId !== null
          ? refuse('forbidden', 'only the payment itself says that it was paid online')
          : null,
      apply: (data, input, at) => ({ ...data, payment: { ...input, ...by(at) } }),
    }),
    planFollowUp: step({
      from: ['follow_up'],
      to: ['closed'],
      by: [...DOCTOR, 'home:nurse'],
      input: INPUTS.followUp,
      apply: (data, input, at) => ({ ...data, followUp: { ...input, ...by(at) } }),
    }),
    wrongPatient: step({
      from: WITH_DOCTOR,
      to: ['frozen'],
      by: [...DOCTOR, ...STAFF],
      input: INPUTS.because,
      apply: (data, _, { atMs }) => ({
        ...data,
        identity: null,
        note: null,
        prescription: null,
        quarantined: [...data.quarantined, { note: data.note, prescription: data.prescription, atMs }],
      }),
    }),
    /** The visit goes on as the right patient's, from the head of the queue, in a room of its own. */
    reidentify: step({
      from: ['frozen'],
      to: ['waiting'],
      by: [...DOCTOR, ...STAFF],
      input: INPUTS.reidentify,
      apply: (data, { earlierCaseId, reason }, at) => ({
        ...data,
        // What the other had answered was of the other.
        triage: null,
        preConsult: null,
        proof: earlierCaseId
          ? { kind: 'earlier_case', caseId: earlierCaseId }
          : { kind: 'checked_by_staff', statement: reason, attachmentIds: [], ...by(at) },
      }),
    }),
    /** By hand when the time is over; the clock does it by itself. */
    noShow: step({
      from: ['booked'],
      to: ['no_show'],
      by: STAFF,
      input: nothing,
      guard: ({ booking }, _, { atMs }) =>
        booking && atMs < booking.startsAtMs ? refuse('out_of_order', 'the time has not come yet') : null,
    }),
    cancel: step({
      // Not with a red flag up: a person decides about that first.
      from: [...BEFORE_VISIT.filter((state) => !state.startsWith('red_flag')), 'frozen'],
      to: ['cancelled'],
      by: [...PATIENT_SIDE, ...DOCTOR],
      input: INPUTS.because,
      apply: ended,
    }),
    emergency: step({
      from: [...BEFORE_VISIT, 'in_visit', 'concluding', 'frozen'],
      to: ['became_consult'],
      by: [...STAFF, ...DOCTOR, 'requester', 'role:dispatcher', 'box'],
      input: INPUTS.because,
      apply: ended,
    }),
    expired: step({
      from: ['red_flag', 'red_flag_overdue', 'booked', 'called'],
      to: ['red_flag_overdue', 'no_show', 'waiting'],
      by: ['clock'],
      input: nothing,
      next: (data, _, { from }) =>
        from === 'booked' ? 'no_show' : from === 'called' ? afterCall(data) : 'red_flag_overdue',
      apply: (data, _, { from }) =>
        from === 'called' ? { ...data, missedCalls: data.missedCalls + 1 } : data,
    }),
  },
};

import type { OutpatientData } from '../../../clinic/model/outpatient/outpatient-data.ts';
import { m } from '../../../paraglide/messages.js';
import type { CaseUi } from '../case-ui.ts';
import ReasonForm from '../forms/ReasonForm.svelte';
import AnswerForm from './AnswerForm.svelte';
import ApproveForm from './ApproveForm.svelte';
import BookForm from './BookForm.svelte';
import ClaimForm from './ClaimForm.svelte';
import DoctorForm from './DoctorForm.svelte';
import FollowUpForm from './FollowUpForm.svelte';
import IdentityForm from './IdentityForm.svelte';
import Panel from './Panel.svelte';
import RedFlagForm from './RedFlagForm.svelte';
import RescheduleForm from './RescheduleForm.svelte';
import RightPatientForm from './RightPatientForm.svelte';
import SettleForm from './SettleForm.svelte';
import SignForm from './SignForm.svelte';
import { outpatientStateText, outpatientStateTone } from './words.ts';

/** Taken, or begun meanwhile: told beside what is still free. */
const TIME_REFUSED = ['conflict', 'expired'] as const;

const isProven = (data: object): boolean => (data as Pick<OutpatientData, 'proof'>).proof !== null;

export const outpatientUi: CaseUi = {
  stateText: outpatientStateText,
  stateTone: outpatientStateTone,
  steps: {
    decideRedFlag: { word: m.op_step_decide_red_flag, look: 'primary', form: RedFlagForm },
    answerTriage: { word: m.op_step_answer_triage, look: 'primary', form: AnswerForm },
    answerPreConsult: { word: m.op_step_answer_pre_consult, look: 'primary', form: AnswerForm },
    acceptProof: {
      word: m.op_step_accept_proof,
      look: 'primary',
      confirm: m.op_ask_accept_proof,
    },
    // Online nobody is seen for the first time: either where it was is said, or a time is booked.
    book: {
      word: m.op_step_book,
      look: 'primary',
      form: BookForm,
      tells: TIME_REFUSED,
      offered: ({ data }) => isProven(data),
    },
    checkIn: { word: m.op_step_check_in, look: 'primary', confirm: m.op_ask_check_in },
    call: { word: m.op_step_call, look: 'primary' },
    begin: { word: m.op_step_begin, look: 'primary', confirm: m.op_ask_begin },
    reidentify: { word: m.op_step_reidentify, look: 'primary', form: RightPatientForm },
    sign: { word: m.op_step_sign, look: 'primary', form: SignForm },
    approve: { word: m.op_step_approve, look: 'primary', form: ApproveForm },
    settle: { word: m.op_step_settle, look: 'primary', form: SettleForm },
    planFollowUp: { word: m.op_step_plan_follow_up, look: 'primary', form: FollowUpForm },
    checkIdentity: { word: m.op_step_check_identity, form: IdentityForm },
    claimFirstVisit: {
      word: m.op_step_claim,
      look: 'primary',
      form: ClaimForm,
      offered: ({ data }) => !isProven(data),
    },
    refuseProof: { word: m.op_step_refuse_proof, form: ReasonForm },
    endVisit: { word: m.op_step_end_visit, confirm: m.op_ask_end_visit },
    callAgain: { word: m.op_step_call_again },
    missed: { word: m.op_step_missed, confirm: m.op_ask_missed },
    skip: { word: m.op_step_skip, confirm: m.op_ask_skip },
    recall: { word: m.op_step_recall },
    reschedule: { word: m.op_step_reschedule, form: RescheduleForm, tells: TIME_REFUSED },
    replaceDoctor: { word: m.op_step_replace_doctor, form: DoctorForm },
    returnPrescription: { word: m.op_step_return_prescription, form: ReasonForm },
    noShow: { word: m.op_step_no_show, confirm: m.op_ask_no_show },
    emergency: { word: m.op_step_emergency, look: 'danger', form: ReasonForm },
    wrongPatient: { word: m.op_step_wrong_patient, look: 'danger', form: ReasonForm },
    cancel: { word: m.op_step_cancel, look: 'danger', form: ReasonForm },
    writeNote: { word: m.op_step_write_note, look: 'hidden' },
    writePrescription: { word: m.op_step_write_prescription, look: 'hidden' },
    expired: { word: m.op_step_expired, look: 'hidden' },
  },
  eventDetail: (_, { reason, statement }) =>
    [reason, statement].find((text): text is string => typeof text === 'string') ?? null,
  Panel,
};

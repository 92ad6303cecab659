import type { ConsultData } from '../../../clinic/model/consult/consult-data.ts';
import { m } from '../../../paraglide/messages.js';
import type { CaseUi } from '../case-ui.ts';
import ReasonForm from '../forms/ReasonForm.svelte';
import ReidentifyForm from '../forms/ReidentifyForm.svelte';
import UrgencyForm from '../forms/UrgencyForm.svelte';
import ConsentForm from './ConsentForm.svelte';
import DecisionForm from './DecisionForm.svelte';
import MeetingForm from './MeetingForm.svelte';
import Panel from './Panel.svelte';
import ParticipantForm from './ParticipantForm.svelte';
import QuestionForm from './QuestionForm.svelte';
import ReassignForm from './ReassignForm.svelte';
import RequestForm from './RequestForm.svelte';
import SaveForm from './SaveForm.svelte';
import { consultStateText, consultStateTone } from './words.ts';

export const consultUi: CaseUi = {
  stateText: consultStateText,
  stateTone: consultStateTone,
  steps: {
    submit: { word: m.consult_step_submit, look: 'primary', form: RequestForm },
    claim: { word: m.consult_step_claim, confirm: m.consult_ask_claim },
    match: { word: m.consult_step_match, look: 'primary', form: MeetingForm },
    reassign: { word: m.consult_step_reassign, form: ReassignForm },
    accept: { word: m.consult_step_accept, look: 'primary', confirm: m.consult_ask_accept },
    recordConsent: { word: m.consult_step_record_consent, look: 'primary', form: ConsentForm },
    invite: { word: m.consult_step_invite, look: 'primary', confirm: m.consult_ask_invite },
    openRoom: { word: m.consult_step_open_room, look: 'primary', confirm: m.consult_ask_open_room },
    conclude: { word: m.consult_step_conclude, confirm: m.consult_ask_conclude },
    acknowledge: { word: m.consult_step_acknowledge, look: 'primary', form: DecisionForm },
    reidentify: { word: m.consult_step_reidentify, look: 'primary', form: ReidentifyForm },
    markRead: { word: m.consult_step_mark_read },
    save: { word: m.consult_step_save, form: SaveForm },
    return: { word: m.consult_step_return, form: QuestionForm },
    addParticipant: { word: m.consult_step_add_participant, form: ParticipantForm },
    changeUrgency: { word: m.consult_step_change_urgency, form: UrgencyForm },
    amend: { word: m.consult_step_amend, form: ReasonForm },
    release: { word: m.consult_step_release, confirm: m.consult_ask_release },
    takeOver: { word: m.consult_step_take_over, form: ReasonForm },
    drop: { word: m.consult_step_drop, form: ReasonForm },
    refuse: { word: m.consult_step_refuse, form: ReasonForm },
    decline: { word: m.consult_step_decline, form: ReasonForm },
    wrongPatient: { word: m.consult_step_wrong_patient, look: 'danger', form: ReasonForm },
    withdrawConsent: {
      word: m.consult_step_withdraw_consent,
      look: 'danger',
      form: ReasonForm,
      // Nobody takes back what was never given.
      offered: ({ data }) => (data as Pick<ConsultData, 'consent'>).consent !== null,
    },
    stop: { word: m.consult_step_stop, look: 'danger', form: ReasonForm },
    cancel: { word: m.consult_step_cancel, look: 'danger', form: ReasonForm },
    submitEmergency: { word: m.consult_step_submit_emergency, look: 'hidden' },
    expired: { word: m.consult_step_expired, look: 'hidden' },
  },
  eventDetail: (_, { reason, question, decision }) =>
    [reason, question, decision].find((text): text is string => typeof text === 'string') ?? null,
  Panel,
};

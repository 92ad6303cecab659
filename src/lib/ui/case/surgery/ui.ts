import { bothSaidGo, votersOf, type SurgeryData } from '../../../clinic/model/surgery/surgery-data.ts';
import { roleIn, surgeryRoleSchema } from '../../../clinic/model/surgery/team.ts';
import { listIn, type SurgeryState } from '../../../clinic/model/workflows/surgery.ts';
import { m } from '../../../paraglide/messages.js';
import { lateralitySchema } from '../../../signaling/contract/index.ts';
import type { CaseUi, ShownCase, StepUi } from '../case-ui.ts';
import { sideText } from '../exam/study-words.ts';
import ReasonForm from '../forms/ReasonForm.svelte';
import ConsentForm from './ConsentForm.svelte';
import type { SurgeryExtras, SurgeryPerson } from './extras.ts';
import Panel from './Panel.svelte';
import PlanForm from './PlanForm.svelte';
import RehearseForm from './RehearseForm.svelte';
import ReplaceForm from './ReplaceForm.svelte';
import RoomForm from './RoomForm.svelte';
import ScheduleForm from './ScheduleForm.svelte';
import { waitsForWordOf } from './situation.ts';
import { itemText, surgeryRoleText, surgeryStateText, surgeryStateTone } from './words.ts';

const dataOf = ({ data }: ShownCase): SurgeryData => data as SurgeryData;

/** What may be needed while one stands in the room; the rest has its time on the page. */
const IN_ROOM = {
  start: {
    word: m.surgery_step_start,
    look: 'primary',
    confirm: m.surgery_ask_start,
    offered: (shown, { me }: SurgeryPerson) =>
      roleIn(dataOf(shown).team, me) === 'operating_surgeon' && bothSaidGo(dataOf(shown)),
  },
  voteGo: {
    word: m.surgery_step_vote_go,
    look: 'primary',
    confirm: m.surgery_ask_vote_go,
    offered: (shown, { me }: SurgeryPerson) => {
      const data = dataOf(shown);
      const figures = data.rehearsal !== null && data.rehearsal.judgement !== 'no_go';
      return figures && votersOf(data).includes(me) && !data.go.includes(me);
    },
  },
  rehearse: {
    word: m.surgery_step_rehearse,
    look: 'primary',
    form: RehearseForm,
    offered: (shown) => dataOf(shown).roomOpen,
  },
  voteNoGo: { word: m.surgery_step_vote_no_go, form: ReasonForm, anyVersion: true },
  finishOperating: {
    word: m.surgery_step_finish,
    confirm: m.surgery_ask_finish,
    offered: (shown, { me }: SurgeryPerson) => dataOf(shown).authority.accountId === me,
  },
} satisfies Record<string, StepUi>;

/** Taken by parts of the panel and of the room. */
const ELSEWHERE = {
  confirmItem: { word: m.surgery_event_confirm_item, look: 'hidden' },
  takeOver: { word: m.surgery_step_take_over, look: 'hidden' },
  offerAuthority: { word: m.surgery_event_offer, look: 'hidden' },
  acceptAuthority: { word: m.surgery_step_accept, look: 'hidden' },
  declineAuthority: { word: m.surgery_step_decline, look: 'hidden' },
  withdrawOffer: { word: m.surgery_step_withdraw, look: 'hidden' },
  linkRed: { word: m.surgery_step_link_red, look: 'hidden' },
  linkGood: { word: m.surgery_step_link_good, look: 'hidden' },
} satisfies Record<string, StepUi>;

export const surgeryUi: CaseUi = {
  stateText: surgeryStateText,
  stateTone: surgeryStateTone,
  steps: {
    recordConsent: { word: m.surgery_step_record_consent, look: 'primary', form: ConsentForm },
    openRoom: {
      word: m.surgery_step_open_room,
      look: 'primary',
      form: RoomForm,
      offered: (shown) => !dataOf(shown).roomOpen,
    },
    debrief: {
      word: m.surgery_step_debrief,
      look: 'primary',
      confirm: m.surgery_ask_debrief,
      offered: (_, { isDebriefComplete }: SurgeryExtras) => isDebriefComplete,
    },
    ...IN_ROOM,
    ...ELSEWHERE,
    amendPlan: { word: m.surgery_step_amend_plan, form: PlanForm },
    replaceMember: { word: m.surgery_step_replace, form: ReplaceForm },
    reschedule: { word: m.surgery_step_reschedule, form: ScheduleForm },
    abort: { word: m.surgery_step_abort, look: 'danger', form: ReasonForm, anyVersion: true },
  },
  eventDetail(type, { reason, item, as, laterality, reference, stricter }) {
    if (type !== 'confirmItem')
      return (
        [reason, reference, (stricter as { reason?: unknown } | undefined)?.reason].find(
          (each): each is string => typeof each === 'string',
        ) ?? null
      );
    const role = surgeryRoleSchema.safeParse(as);
    const side = lateralitySchema.safeParse(laterality);
    return [
      typeof item === 'string' ? itemText(item) : null,
      side.success ? sideText(side.data) : null,
      role.success ? surgeryRoleText(role.data) : null,
    ]
      .filter(Boolean)
      .join(' · ');
  },
  Panel,
  panelNamesPeople: true,
  panelLeads: (shown, { me }: SurgeryPerson) =>
    waitsForWordOf(me, dataOf(shown), listIn(shown.state as SurgeryState)),
};

export const surgeryRoomUi: CaseUi = { ...surgeryUi, steps: IN_ROOM };

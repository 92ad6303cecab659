import { m } from '../../../paraglide/messages.js';
import { lateralitySchema } from '../../../signaling/contract/index.ts';
import type { CaseUi } from '../case-ui.ts';
import ReasonForm from '../forms/ReasonForm.svelte';
import AnewForm from './AnewForm.svelte';
import BoxForm from './BoxForm.svelte';
import ConfirmBedsideForm from './ConfirmBedsideForm.svelte';
import ConfirmFarEndForm from './ConfirmFarEndForm.svelte';
import ExpertForm from './ExpertForm.svelte';
import type { ExamExtras } from './extras.ts';
import FindingForm from './FindingForm.svelte';
import Panel from './Panel.svelte';
import PrepareForm from './PrepareForm.svelte';
import ScheduleForm from './ScheduleForm.svelte';
import SideForm from './SideForm.svelte';
import { sideText } from './study-words.ts';
import { examStateText, examStateTone } from './words.ts';

export const examUi: CaseUi = {
  stateText: examStateText,
  stateTone: examStateTone,
  steps: {
    reidentify: { word: m.exam_step_reidentify, look: 'primary', form: AnewForm },
    // Once both ends have confirmed, this is what comes next, though each may confirm again.
    finish: { word: m.exam_step_finish, look: 'primary', confirm: m.exam_ask_finish },
    confirmAtBedside: { word: m.exam_step_confirm_bedside, look: 'primary', form: ConfirmBedsideForm },
    confirmFarEnd: { word: m.exam_step_confirm_far_end, look: 'primary', form: ConfirmFarEndForm },
    openRoom: { word: m.exam_step_open_room, look: 'primary', confirm: m.exam_ask_open_room },
    attachBox: { word: m.exam_step_attach_box, look: 'primary', form: BoxForm },
    prepare: { word: m.exam_step_prepare, look: 'primary', form: PrepareForm },
    report: { word: m.exam_step_report, look: 'primary', confirm: m.exam_ask_report },
    acknowledge: { word: m.exam_step_acknowledge, look: 'primary', confirm: m.exam_ask_acknowledge },
    addFindings: { word: m.exam_step_add_findings, form: FindingForm },
    assignExpert: { word: m.exam_step_assign_expert, form: ExpertForm },
    schedule: { word: m.exam_step_schedule, form: ScheduleForm },
    changeSide: { word: m.exam_step_change_side, form: SideForm },
    takeOver: {
      word: m.exam_step_take_over,
      confirm: m.exam_ask_take_over,
      offered: (_, { holdsProbe }: ExamExtras) => !holdsProbe,
    },
    boxLost: { word: m.exam_step_box_lost, form: ReasonForm },
    dropExpert: { word: m.exam_step_drop_expert, form: ReasonForm },
    noShow: { word: m.exam_step_no_show, form: ReasonForm },
    voidOrder: { word: m.exam_step_void_order, look: 'danger', form: ReasonForm },
    emergency: { word: m.exam_step_emergency, look: 'danger', form: ReasonForm },
    cancel: { word: m.exam_step_cancel, look: 'danger', form: ReasonForm },
    expired: { word: m.exam_step_expired, look: 'hidden' },
  },
  eventDetail(type, { reason, text, laterality, person }) {
    const side = sideOf(laterality);
    if (type.startsWith('confirm'))
      return person === 'same' ? side : [m.exam_event_patient(), side].filter(Boolean).join(' · ');
    const said = [reason, text].find((each): each is string => typeof each === 'string') ?? null;
    return type === 'changeSide' ? [side, said].filter(Boolean).join(' · ') : said;
  },
  Panel,
};

const sideOf = (said: unknown): string | null => {
  const side = lateralitySchema.safeParse(said);
  return side.success ? sideText(side.data) : null;
};

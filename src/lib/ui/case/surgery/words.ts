import type { Authority } from '../../../clinic/model/surgery/authority.ts';
import type { ChecklistName } from '../../../clinic/model/surgery/checklist.ts';
import type { Judgement } from '../../../clinic/model/surgery/rehearsal.ts';
import type { SurgeryPhase } from '../../../clinic/model/surgery/surgery-data.ts';
import type { SurgeryRole } from '../../../clinic/model/surgery/team.ts';
import { m } from '../../../paraglide/messages.js';

type Tone = 'ok' | 'active' | 'caution' | 'alarm' | 'neutral';

const STATE: Record<string, () => string> = {
  booked: m.surgery_state_booked,
  consented: m.surgery_state_consented,
  rehearsed: m.surgery_state_rehearsed,
  stopped: m.surgery_state_stopped,
  cleared: m.surgery_state_cleared,
  signed_in: m.surgery_state_signed_in,
  timed_out: m.surgery_state_timed_out,
  operating: m.surgery_state_operating,
  signing_out: m.surgery_state_signing_out,
  debriefing: m.surgery_state_debriefing,
  closed: m.surgery_state_closed,
  aborted: m.surgery_state_aborted,
};
export const surgeryStateText = (state: string): string => STATE[state]?.() ?? state;

export function surgeryStateTone(state: string): Tone {
  switch (state) {
    case 'operating':
      return 'ok';
    case 'stopped':
      return 'alarm';
    case 'closed':
    case 'aborted':
      return 'neutral';
    default:
      return 'active';
  }
}

const PHASE: Record<SurgeryPhase, () => string> = {
  planning: m.surgery_phase_planning,
  rehearsal: m.surgery_phase_rehearsal,
  sign_in: m.surgery_list_sign_in,
  time_out: m.surgery_list_time_out,
  operating: m.surgery_phase_operating,
  sign_out: m.surgery_list_sign_out,
  debrief: m.surgery_phase_debrief,
  over: m.surgery_phase_over,
};
export const phaseText = (phase: SurgeryPhase): string => PHASE[phase]();
export const listText = (list: ChecklistName): string => PHASE[list]();

const ROLE: Record<SurgeryRole, () => string> = {
  operating_surgeon: m.surgery_role_operating_surgeon,
  local_surgeon: m.surgery_role_local_surgeon,
  proctor: m.function_proctor,
  anaesthetist: m.function_anaesthetist,
  nurse: m.function_nurse,
  interpreter: m.function_interpreter,
  observer: m.function_observer,
};
export const surgeryRoleText = (role: SurgeryRole): string => ROLE[role]();

const JUDGEMENT: Record<Judgement, { word: () => string; tone: Tone }> = {
  go: { word: m.surgery_judgement_go, tone: 'ok' },
  caution: { word: m.surgery_judgement_caution, tone: 'caution' },
  no_go: { word: m.surgery_judgement_no_go, tone: 'alarm' },
};
export const judgementText = (judgement: Judgement): string => JUDGEMENT[judgement].word();
export const judgementTone = (judgement: Judgement): Tone => JUDGEMENT[judgement].tone;

const HOW: Record<Authority['how'], () => string> = {
  booked: m.surgery_how_booked,
  started: m.surgery_how_started,
  handed_over: m.surgery_how_handed_over,
  taken_over: m.surgery_how_taken_over,
  link_red: m.surgery_how_link_red,
  ended: m.surgery_how_ended,
};
export const howText = (how: Authority['how']): string => HOW[how]();

const ITEM: Record<string, () => string> = {
  identity_site_procedure_consent: m.surgery_item_identity_site_procedure_consent,
  site_marked: m.surgery_item_site_marked,
  anaesthesia_checked: m.surgery_item_anaesthesia_checked,
  pulse_oximeter_on: m.surgery_item_pulse_oximeter_on,
  allergies_known: m.surgery_item_allergies_known,
  airway_and_aspiration_risk: m.surgery_item_airway_and_aspiration_risk,
  blood_loss_risk: m.surgery_item_blood_loss_risk,
  team_introduced: m.surgery_item_team_introduced,
  patient_site_procedure: m.surgery_item_patient_site_procedure,
  antibiotic_prophylaxis: m.surgery_item_antibiotic_prophylaxis,
  critical_steps: m.surgery_item_critical_steps,
  anaesthesia_concerns: m.surgery_item_anaesthesia_concerns,
  sterility_and_equipment: m.surgery_item_sterility_and_equipment,
  imaging_displayed: m.surgery_item_imaging_displayed,
  authority_named: m.surgery_item_authority_named,
  takeover_plan_read: m.surgery_item_takeover_plan_read,
  procedure_recorded: m.surgery_item_procedure_recorded,
  counts_complete: m.surgery_item_counts_complete,
  specimens_labelled: m.surgery_item_specimens_labelled,
  equipment_problems: m.surgery_item_equipment_problems,
  recovery_concerns: m.surgery_item_recovery_concerns,
};
/** Ids are those of the clinic's `CHECKLISTS`. */
export const itemText = (item: string): string => ITEM[item]?.() ?? item;

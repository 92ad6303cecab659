import { m } from '../../../paraglide/messages.js';
import type { PrescriptionLine } from '../../../clinic/model/outpatient/prescription.ts';

const STATE: Record<string, () => string> = {
  triage: m.op_state_triage,
  red_flag: m.op_state_red_flag,
  red_flag_overdue: m.op_state_red_flag_overdue,
  pre_consult: m.op_state_pre_consult,
  booking: m.op_state_booking,
  proof_check: m.op_state_proof_check,
  booked: m.op_state_booked,
  waiting: m.op_state_waiting,
  called: m.op_state_called,
  in_visit: m.op_state_in_visit,
  frozen: m.op_state_frozen,
  concluding: m.op_state_concluding,
  pharmacy: m.op_state_pharmacy,
  returned: m.op_state_returned,
  payment: m.op_state_payment,
  follow_up: m.op_state_follow_up,
  closed: m.op_state_closed,
  cancelled: m.op_state_cancelled,
  no_show: m.op_state_no_show,
  sent_to_emergency: m.op_state_sent_to_emergency,
  became_consult: m.op_state_became_consult,
};
export const outpatientStateText = (state: string): string => STATE[state]?.() ?? state;

export function outpatientStateTone(state: string): 'ok' | 'active' | 'caution' | 'alarm' | 'neutral' {
  switch (state) {
    case 'in_visit':
      return 'ok';
    case 'red_flag':
    case 'red_flag_overdue':
    case 'frozen':
      return 'alarm';
    case 'returned':
    case 'proof_check':
      return 'caution';
    case 'closed':
    case 'cancelled':
    case 'no_show':
    case 'sent_to_emergency':
    case 'became_consult':
      return 'neutral';
    default:
      return 'active';
  }
}

const ROUTE: Record<PrescriptionLine['route'], () => string> = {
  oral: m.op_route_oral,
  sublingual: m.op_route_sublingual,
  inhaled: m.op_route_inhaled,
  topical: m.op_route_topical,
  eye: m.op_route_eye,
  ear: m.op_route_ear,
  nasal: m.op_route_nasal,
  rectal: m.op_route_rectal,
  vaginal: m.op_route_vaginal,
  subcutaneous: m.op_route_subcutaneous,
  intramuscular: m.op_route_intramuscular,
  intravenous: m.op_route_intravenous,
};
export const routeText = (route: PrescriptionLine['route']): string => ROUTE[route]();

const FREQUENCY: Record<PrescriptionLine['frequency'], () => string> = {
  qd: m.op_freq_qd,
  bid: m.op_freq_bid,
  tid: m.op_freq_tid,
  qid: m.op_freq_qid,
  qn: m.op_freq_qn,
  qod: m.op_freq_qod,
  qw: m.op_freq_qw,
  q4h: m.op_freq_q4h,
  q6h: m.op_freq_q6h,
  q8h: m.op_freq_q8h,
  q12h: m.op_freq_q12h,
  prn: m.op_freq_prn,
  st: m.op_freq_st,
};
export const frequencyText = (frequency: PrescriptionLine['frequency']): string => FREQUENCY[frequency]();

const IDENTITY: Record<string, () => string> = {
  document: m.op_identity_document,
  known_in_person: m.op_identity_known,
  guardian_vouches: m.op_identity_guardian,
};
/** How it was made sure who the patient is. */
export const identityText = (how: string): string => IDENTITY[how]?.() ?? how;

const MINUTE_MS = 60_000;
/** Both ends of an expected wait in whole minutes, at least one. */
export const waitMinutes = ({ waitLowMs, waitHighMs }: { waitLowMs: number; waitHighMs: number }) => {
  const low = Math.max(1, Math.round(waitLowMs / MINUTE_MS));
  return { low, high: Math.max(low + 1, Math.round(waitHighMs / MINUTE_MS)) };
};

/** Yuan as somebody typed them, in fen; null while it is no price. */
export const fenOf = (yuan: number | null): number | null =>
  yuan === null || !Number.isFinite(yuan) || yuan < 0 || yuan > 100_000 ? null : Math.round(yuan * 100);

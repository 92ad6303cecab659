import { m } from '../../../paraglide/messages.js';

const STATE: Record<string, () => string> = {
  draft: m.consult_state_draft,
  requested: m.consult_state_requested,
  claimed: m.consult_state_claimed,
  returned: m.consult_state_returned,
  matched: m.consult_state_matched,
  accepted: m.consult_state_accepted,
  consented: m.consult_state_consented,
  ready: m.consult_state_ready,
  in_session: m.consult_state_in_session,
  replacing: m.consult_state_replacing,
  frozen: m.consult_state_frozen,
  concluded: m.consult_state_concluded,
  amending: m.consult_state_amending,
  archived: m.consult_state_archived,
  declined: m.consult_state_declined,
  cancelled: m.consult_state_cancelled,
  stopped: m.consult_state_stopped,
};
export const consultStateText = (state: string): string => STATE[state]?.() ?? state;

export function consultStateTone(state: string): 'ok' | 'active' | 'caution' | 'alarm' | 'neutral' {
  switch (state) {
    case 'in_session':
      return 'ok';
    case 'frozen':
      return 'alarm';
    case 'returned':
    case 'replacing':
      return 'caution';
    case 'draft':
    case 'archived':
    case 'declined':
    case 'cancelled':
    case 'stopped':
      return 'neutral';
    default:
      return 'active';
  }
}

/** Fen as yuan, without what is not there: 20000 → `200`, 12050 → `120.50`. */
export const yuanText = (fen: number): string =>
  fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2);

import type { RETURN_REASONS } from '../../../clinic/model/reading/reading-data.ts';
import { m } from '../../../paraglide/messages.js';

const STATE: Record<string, () => string> = {
  preparing: m.reading_state_preparing,
  waiting: m.reading_state_waiting,
  reading: m.reading_state_reading,
  awaiting_second: m.reading_state_awaiting_second,
  second_reading: m.reading_state_second_reading,
  discrepant: m.reading_state_discrepant,
  adjudicating: m.reading_state_adjudicating,
  returned: m.reading_state_returned,
  final: m.reading_state_final,
  closed: m.reading_state_closed,
  cancelled: m.reading_state_cancelled,
};
export const readingStateText = (state: string): string => STATE[state]?.() ?? state;

export function readingStateTone(state: string): 'ok' | 'active' | 'caution' | 'neutral' {
  switch (state) {
    case 'reading':
    case 'second_reading':
    case 'adjudicating':
      return 'ok';
    case 'returned':
    case 'discrepant':
      return 'caution';
    case 'closed':
    case 'cancelled':
      return 'neutral';
    default:
      return 'active';
  }
}

type ReturnReason = (typeof RETURN_REASONS)[number];
const WHY: Record<ReturnReason, () => string> = {
  unsharp: m.reading_return_unsharp,
  incomplete: m.reading_return_incomplete,
  wrong_part: m.reading_return_wrong_part,
  wrong_side: m.reading_return_wrong_side,
  wrong_patient: m.reading_return_wrong_patient,
  cannot_be_opened: m.reading_return_cannot_be_opened,
};
export const returnText = (why: string): string => WHY[why as ReturnReason]?.() ?? why;

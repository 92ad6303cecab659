import { m } from '../../../paraglide/messages.js';
import type { RequestDraft } from './request-draft.ts';

const FIELD: Record<keyof RequestDraft, () => string> = {
  reason: m.consult_reason,
  purpose: m.consult_purpose,
  summary: m.consult_summary,
  specialty: m.consult_specialty,
};
/** What a field of a request is called. */
export const requestFieldText = (field: keyof RequestDraft): string => FIELD[field]();

import {
  attachmentEventSchema,
  type AttachmentEvent,
} from '../../clinic/model/attachments/attachment-events.ts';
import { m } from '../../paraglide/messages.js';
import { sizeText } from '../attachments/upload.ts';
import type { CaseUi } from './case-ui.ts';

const ATTACHMENT: Record<AttachmentEvent, () => string> = {
  'attachment.added': m.case_attachment_added,
  'attachment.removed': m.case_attachment_removed,
};

/** `PDF`, `JPEG`: as people call a type of file. */
const typeText = (mediaType: string): string =>
  mediaType === 'text/plain' ? m.case_attachment_text() : (mediaType.split('/')[1] ?? '').toUpperCase();

/** An event of a case's history in words: one of its kind's steps, or what happens in cases of every kind. */
export function eventText(
  ui: CaseUi,
  { type, state, data }: { type: string; state: string; data: unknown },
): { word: string; detail: string | null } {
  if (type in ATTACHMENT) {
    const file = attachmentEventSchema.safeParse(data).data;
    return {
      word: ATTACHMENT[type as AttachmentEvent](),
      detail: file ? `${typeText(file.mediaType)} · ${sizeText(file.sizeBytes)}` : null,
    };
  }
  const word = type === 'opened' ? m.case_opened : ui.steps[type]?.word;
  return {
    word: word?.() ?? ui.stateText(state),
    detail: ui.eventDetail(type, (data ?? {}) as Record<string, unknown>),
  };
}

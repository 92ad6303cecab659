import { z } from 'zod';

export const ATTACHMENT_EVENTS = ['attachment.added', 'attachment.removed'] as const;
export type AttachmentEvent = (typeof ATTACHMENT_EVENTS)[number];

/**
 * What a case's history says of a file. Never its name: people call a file by its patient, sometimes by another one, and what is in the
 * history stays there; the name is kept with the file.
 */
export const attachmentEventSchema = z.object({
  attachmentId: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int(),
});
export type AttachmentEventData = z.infer<typeof attachmentEventSchema>;

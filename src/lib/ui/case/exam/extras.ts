import type { ShownAttachment } from '../../attachments/shown-attachment.ts';
import type { ShownDocument } from '../../document/document-draft.svelte.ts';

/** What the page of an exam needs beyond the case. */
export interface ExamExtras {
  /** Examines at the bedside already. */
  holdsProbe: boolean;
  /** Who could be the remote expert; empty for whoever may not choose. */
  experts: readonly { accountId: string; name: string; institutionName: string }[];
  /** Boxes at work in the institution; empty for whoever may not connect one. */
  boxes: readonly { boxId: string; name: string }[];
  boxName: string | null;
  documents: readonly ShownDocument[];
  reportSections: readonly { id: string; required?: true }[];
  mayWriteReport: boolean;
  /** May send its pictures to the diagnosis centre. */
  maySendToReading: boolean;
  attachments: readonly ShownAttachment[];
  mayAttach: boolean;
  /** Names of everybody who ever acted in the case, by account. */
  names: Readonly<Record<string, string>>;
}

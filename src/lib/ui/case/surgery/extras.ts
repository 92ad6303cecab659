import type { AccountRole } from '../../../signaling/contract/index.ts';
import type { ShownAttachment } from '../../attachments/shown-attachment.ts';
import type { ShownDocument } from '../../document/document-draft.svelte.ts';

/** Somebody who could be named for a role. */
export interface TeamChoice {
  accountId: string;
  name: string;
  roles: readonly AccountRole[];
  institutionName: string;
  /** Of the house where the patient lies; everybody else takes part over the link. */
  isOwn: boolean;
}

/** What was measured in the room, to begin the figures of a rehearsal with. */
export interface Measured {
  ageMs: number | null;
  lossPercent: number | null;
}

/** What steps of an operation need wherever they are taken. */
export interface SurgeryPerson {
  /** Account of whoever looks. */
  me: string;
  measured?: Measured;
}

/** What the page of an operation needs beyond the case. */
export interface SurgeryExtras extends SurgeryPerson {
  /** Who could take somebody's place; empty for whoever may not replace. */
  people: readonly TeamChoice[];
  /** Boxes at work in the institution; empty for whoever may not open the room. */
  boxes: readonly { boxId: string; name: string }[];
  documents: readonly ShownDocument[];
  debriefSections: readonly { id: string; required?: true }[];
  mayWriteDebrief: boolean;
  /** What is required has been written. */
  isDebriefComplete: boolean;
  attachments: readonly ShownAttachment[];
  mayAttach: boolean;
  /** Names of everybody who ever acted in the case, by account. */
  names: Readonly<Record<string, string>>;
}

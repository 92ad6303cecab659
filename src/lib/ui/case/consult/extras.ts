import type { Specialty } from '../../../signaling/contract/index.ts';
import type { ShownAttachment } from '../../attachments/shown-attachment.ts';
import type { ShownDocument } from '../../document/document-draft.svelte.ts';

/** As the clinic's `candidates` answers. */
export interface ConsultCandidate {
  accountId: string;
  realName: string;
  title: string;
  institutionName: string;
  specialties: readonly Specialty[];
  /** The first few slots that nobody has booked. */
  free: readonly { slotId: string; startsAtMs: number; endsAtMs: number }[];
  /** Consults that are theirs and not over. */
  load: number;
}

/** What the page of a consult needs beyond the case. */
export interface ConsultExtras {
  /** Whom a dispatcher may ask; null for everybody else. */
  candidates: readonly ConsultCandidate[] | null;
  documents: readonly ShownDocument[];
  opinionSections: readonly { id: string; required?: true }[];
  mayWriteOpinion: boolean;
  mayAttach: boolean;
  attachments: readonly ShownAttachment[];
  /** Who can be brought in, beside the specialist; null for whoever may not. */
  others:
    | readonly {
        accountId: string;
        name: string;
        function: 'interpreter' | 'observer';
        institutionName: string;
      }[]
    | null;
  /** Names of everybody who ever acted in the case, by account. */
  names: Readonly<Record<string, string>>;
}

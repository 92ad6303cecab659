import type { Region } from '../../../signaling/contract/index.ts';
import type { ShownAttachment } from '../../attachments/shown-attachment.ts';
import type { ShownDocument } from '../../document/document-draft.svelte.ts';

/** As the diagnosis centre answers; `source` says that no person said it. */
export interface ShownSuggestion {
  source: 'ai';
  suggestionId: string;
  model: { name: string; version: string };
  finding: string;
  confidence: number;
  region: Region | null;
  receivedAtMs: number;
  decision: { decision: 'accepted' | 'rejected'; byName: string | null; atMs: number } | null;
}

/** What the page of a reading needs beyond the case. */
export interface ReadingExtras {
  hasItInHand: boolean;
  /** Whoever has read it reads it no second time. */
  hasReadIt: boolean;
  /** Of the institution that sent the pictures. */
  isOfThisHouse: boolean;
  /** When the result is owed, in ms since 1970; null once it is there. */
  owedAtMs: number | null;
  documents: readonly ShownDocument[];
  reportSections: readonly { id: string; required?: true }[];
  suggestions: readonly ShownSuggestion[];
  attachments: readonly ShownAttachment[];
  mayAttach: boolean;
  /** Names of everybody who ever acted in the case, by account. */
  names: Readonly<Record<string, string>>;
}

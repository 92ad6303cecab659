import type { ShownDocument } from '../../document/document-draft.svelte.ts';
import { sectionText } from '../../document/words.ts';

/** The limit of a note as it is signed; that of the step `writeNote`. */
export const MOST_NOTE_LETTERS = 4_000;

/** The note as one text: each written section under its name. */
export function noteTextOf(document: ShownDocument | null, sections: readonly { id: string }[]): string {
  return sections
    .flatMap(({ id }) => {
      const text = document?.sections[id]?.text.trim() ?? '';
      return text === '' ? [] : [`${sectionText('note', id)}\n${text}`];
    })
    .join('\n\n');
}

/** Whether every required section is written. */
export const isWritten = (
  document: ShownDocument | null,
  sections: readonly { id: string; required?: true }[],
): boolean =>
  sections.every(({ id, required }) => !required || (document?.sections[id]?.text.trim() ?? '') !== '');

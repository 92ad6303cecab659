/** A request as its form holds it: every field is text, empty when not said yet. */
export interface RequestDraft {
  reason: string;
  purpose: string;
  summary: string;
  specialty: string;
}

export const emptyRequest: RequestDraft = { reason: '', purpose: '', summary: '', specialty: '' };

export function draftOf(request: Partial<Record<keyof RequestDraft, string | null>>): RequestDraft {
  return {
    reason: request.reason ?? '',
    purpose: request.purpose ?? '',
    summary: request.summary ?? '',
    specialty: request.specialty ?? '',
  };
}

/** What is said so far; nothing of what is empty. */
export function saidIn(draft: RequestDraft): Partial<RequestDraft> {
  return Object.fromEntries(
    Object.entries(draft)
      .map(([name, text]) => [name, text.trim()] as const)
      .filter(([, text]) => text !== ''),
  );
}

/** What still has to be said, in the order of the form. */
export const missingIn = (draft: RequestDraft): (keyof RequestDraft)[] =>
  (['reason', 'purpose', 'summary', 'specialty'] as const).filter((field) => draft[field].trim() === '');

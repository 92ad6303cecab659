/** What one person reads, as the form holds it. */
export interface ReadDraft {
  findings: string;
  impression: string;
  critical: boolean;
}

export const emptyRead: ReadDraft = { findings: '', impression: '', critical: false };

/** Null while something is missing. */
export function readOf({ findings, impression, critical }: ReadDraft): ReadDraft | null {
  return findings.trim() === '' || impression.trim() === ''
    ? null
    : { findings: findings.trim(), impression: impression.trim(), critical };
}

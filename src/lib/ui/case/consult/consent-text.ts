/** Of the form that is put before patients; the record says which one they saw. */
export const CONSENT_TEXT_VERSION = 'consult-2026-11';

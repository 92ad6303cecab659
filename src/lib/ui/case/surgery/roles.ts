import type { AccountRole } from '../../../signaling/contract/index.ts';

/** Who may book an operation; the hub decides. */
export const BOOKS_SURGERY: readonly AccountRole[] = ['surgeon', 'rural_doctor'];

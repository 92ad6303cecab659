import type { AccountRole } from '../../signaling/contract/index.ts';

/** Who may order an exam, or send pictures to the diagnosis centre; the hub decides. */
export const ORDERS: readonly AccountRole[] = ['rural_doctor', 'sonographer', 'specialist'];

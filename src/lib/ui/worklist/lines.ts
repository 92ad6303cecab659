import type { Study } from '../../clinic/model/exam/order.ts';
import type { Urgency } from '../../signaling/contract/index.ts';

interface Line extends Study {
  caseId: string;
  state: string;
  urgency: Urgency;
  patient: { maskedName: string; sex: 'female' | 'male' | 'unknown'; ageYears: number | null };
  createdAtMs: number;
}

/** An exam in its institution's list. */
export interface ExamLine extends Line {
  dueAtMs: number | null;
  scheduledAtMs: number | null;
  hasExpert: boolean;
}

/** A study in the diagnosis centre's list. */
export interface ReadingLine extends Line {
  version: number;
  /** When the result is owed, in ms since 1970. */
  owedAtMs: number | null;
  holderName: string | null;
  imageCount: number;
  isMine: boolean;
  /** Whoever has read it reads it no second time. */
  hasReadIt: boolean;
}

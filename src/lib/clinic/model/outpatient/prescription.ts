import { z } from 'zod';
import { lineSchema } from '../../../signaling/contract/index.ts';

/** How a medicine is taken; the words are the pages'. */
export const ROUTES = [
  'oral',
  'sublingual',
  'inhaled',
  'topical',
  'eye',
  'ear',
  'nasal',
  'rectal',
  'vaginal',
  'subcutaneous',
  'intramuscular',
  'intravenous',
] as const;
/** 处方 frequencies as Chinese prescriptions abbreviate them. */
export const FREQUENCIES = [
  'qd',
  'bid',
  'tid',
  'qid',
  'qn',
  'qod',
  'qw',
  'q4h',
  'q6h',
  'q8h',
  'q12h',
  'prn',
  'st',
] as const;

export const prescriptionLineSchema = z.strictObject({
  medicine: lineSchema,
  /** Of one piece, as on the package: `0.25 g`. */
  strength: lineSchema,
  /** Taken at once, as written: `1 片`. */
  dose: lineSchema,
  route: z.enum(ROUTES),
  frequency: z.enum(FREQUENCIES),
  days: z.int().min(1).max(90),
  /** What the pharmacy hands out: `14 片`. */
  quantity: lineSchema,
  remark: lineSchema.optional(),
});
export type PrescriptionLine = z.infer<typeof prescriptionLineSchema>;

/** 处方管理办法 第六条: at most five medicines on a prescription. */
export const MOST_LINES = 5;
export const prescriptionInput = z.strictObject({
  lines: z.array(prescriptionLineSchema).max(MOST_LINES),
});

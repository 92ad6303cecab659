import {
  prescriptionLineSchema,
  type PrescriptionLine,
} from '../../../clinic/model/outpatient/prescription.ts';

/** A line as it is being typed. */
export interface LineDraft extends Omit<PrescriptionLine, 'days' | 'remark'> {
  days: number | null;
  remark: string;
}

export const emptyLine = (): LineDraft => ({
  medicine: '',
  strength: '',
  dose: '',
  route: 'oral',
  frequency: 'tid',
  days: 7,
  quantity: '',
  remark: '',
});

/** Fields in one order, whatever order they were kept in, so that two drafts can be compared as texts. */
export const draftOf = (lines: readonly PrescriptionLine[]): LineDraft[] =>
  lines.map(({ medicine, strength, dose, route, frequency, days, quantity, remark = '' }) => ({
    medicine,
    strength,
    dose,
    route,
    frequency,
    days,
    quantity,
    remark,
  }));

/** What was typed, as it is sent; null while a line is not complete. */
export function linesOf(drafts: readonly LineDraft[]): PrescriptionLine[] | null {
  const lines = drafts.map(({ remark, ...rest }) =>
    prescriptionLineSchema.safeParse({ ...rest, ...(remark.trim() && { remark: remark.trim() }) }),
  );
  return lines.every(({ success }) => success) ? lines.map(({ data }) => data!) : null;
}

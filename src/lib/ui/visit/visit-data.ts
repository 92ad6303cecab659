import type { VisitForPatient } from '../../clinic/outpatient/index.ts';
import type { PatientFacts, Questionnaire } from '../../clinic/model/questionnaire/index.ts';

/** A time that the patient may choose. */
export interface VisitSlot {
  slotId: string;
  name: string;
  title: string | null;
  startsAtMs: number;
}

/** What a patient's phone shows. */
export interface VisitData {
  visit: VisitForPatient;
  /** What is asked now. */
  asked: { questionnaire: Questionnaire; facts: PatientFacts } | null;
  slots: readonly VisitSlot[];
  /** Where to pay; null: at the counter. */
  payUrl: string | null;
  mayCheckIn: boolean;
}

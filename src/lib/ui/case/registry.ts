import type { CaseKind } from '../../signaling/contract/index.ts';
import type { CaseUi } from './case-ui.ts';
import { consultUi } from './consult/ui.ts';
import { outpatientUi } from './outpatient/ui.ts';
import { examUi } from './exam/ui.ts';
import { readingUi } from './reading/ui.ts';
import { surgeryUi } from './surgery/ui.ts';

/** How each kind of case is shown; a kind that has no pages yet is not there. */
export const CASE_UI: Readonly<Partial<Record<CaseKind, CaseUi>>> = {
  consult: consultUi,
  outpatient: outpatientUi,
  exam: examUi,
  reading: readingUi,
  surgery: surgeryUi,
};

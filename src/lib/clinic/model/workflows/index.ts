import type { CaseKind } from '../../../signaling/contract/index.ts';
import type { Workflow } from '../workflow.ts';
import { consult } from './consult.ts';
import { exam } from './exam.ts';
import { outpatient } from './outpatient.ts';
import { reading } from './reading.ts';
import { surgery } from './surgery.ts';

/** Every kind of case, each declared in one place. */
export const WORKFLOWS = { consult, outpatient, exam, surgery, reading } as unknown as Readonly<
  Record<CaseKind, Workflow>
>;

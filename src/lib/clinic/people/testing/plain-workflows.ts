import { CASE_KINDS, type CaseActor, type CaseKind } from '../../../signaling/contract/index.ts';
import { nothing, opening, type Workflow } from '../../model/workflow.ts';

/** Every kind of case as one that a rural doctor opens, dispatchers anywhere and doctors at home may read, and nobody moves. */
export function plainWorkflows(
  visibleTo: readonly CaseActor[] = ['home:rural_doctor', 'role:dispatcher', 'home:pharmacist'],
): Record<CaseKind, Workflow> {
  const of = (kind: CaseKind): Workflow => ({
    kind,
    visibleTo,
    states: { open: {} },
    opening: opening({ by: ['role:rural_doctor'], input: nothing, state: 'open', apply: () => ({}) }),
    actions: {},
  });
  return Object.fromEntries(CASE_KINDS.map((kind) => [kind, of(kind)])) as Record<CaseKind, Workflow>;
}

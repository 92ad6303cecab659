import { lineSchema } from '../../../signaling/contract/index.ts';
import { z } from 'zod';
import { action, nothing, opening, type Workflow } from '../workflow.ts';

type State = 'draft' | 'cancelled';
interface Data {
  reason: string;
}

export const consult: Workflow<State, Data> = {
  kind: 'consult',
  visibleTo: ['home:rural_doctor', 'role:dispatcher'],
  states: { draft: { waitsFor: ['requester'] }, cancelled: { closed: true } },
  opening: opening({
    by: ['role:rural_doctor'],
    input: z.strictObject({ reason: lineSchema }),
    state: 'draft',
    apply: ({ reason }): Data => ({ reason }),
  }),
  actions: {
    cancel: action<State, Data, typeof nothing>({
      from: ['draft'],
      to: ['cancelled'],
      by: ['requester'],
      input: nothing,
    }),
  },
};

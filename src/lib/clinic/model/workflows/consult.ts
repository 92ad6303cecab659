import { consultDraftInput, emptyConsult, type ConsultData } from '../consult/consult-data.ts';
import { BOTH, DISPATCHERS, LOCAL, SPECIALIST, type State } from '../consult/consult-step.ts';
import { meetingSteps } from '../consult/meeting-steps.ts';
import { mishapSteps } from '../consult/mishap-steps.ts';
import { requestSteps } from '../consult/request-steps.ts';
import { opening, type Workflow } from '../workflow.ts';

/**
 * 远程会诊. All minutes are ours: an emergency is looked at within five, an urgent case within half an hour, a routine one within half a
 * working day; who is asked to come has a day to say so.
 */
export const consult: Workflow<State, ConsultData> = {
  kind: 'consult',
  visibleTo: ['home:rural_doctor', 'role:dispatcher'],
  states: {
    draft: { waitsFor: ['requester'] },
    requested: { waitsFor: DISPATCHERS, dueMinutes: { routine: 240, urgent: 30, emergency: 5 } },
    claimed: { waitsFor: DISPATCHERS, dueMinutes: { routine: 240, urgent: 30, emergency: 5 } },
    returned: { waitsFor: ['requester'] },
    matched: { waitsFor: SPECIALIST, dueMinutes: { routine: 1440, urgent: 60, emergency: 5 } },
    accepted: { waitsFor: LOCAL, dueMinutes: { routine: 1440, urgent: 120, emergency: 10 } },
    consented: { waitsFor: LOCAL, dueMinutes: { routine: 1440, urgent: 120, emergency: 10 } },
    // The first clock of `ready` runs from the agreed time (the invitation's effect sets it); these are for when that has passed.
    ready: { waitsFor: BOTH, scheduled: true, dueMinutes: { routine: 15, urgent: 15, emergency: 5 } },
    in_session: { waitsFor: BOTH },
    replacing: { waitsFor: DISPATCHERS, dueMinutes: { routine: 60, urgent: 15, emergency: 5 } },
    frozen: { waitsFor: LOCAL, frozen: true, dueMinutes: { routine: 60, urgent: 15, emergency: 5 } },
    concluded: { waitsFor: LOCAL, dueMinutes: { routine: 1440, urgent: 240, emergency: 60 } },
    amending: { waitsFor: SPECIALIST, dueMinutes: { routine: 1440, urgent: 240, emergency: 60 } },
    archived: { closed: true },
    declined: { closed: true },
    cancelled: { closed: true },
    stopped: { closed: true },
  },
  opening: opening({
    by: ['role:rural_doctor', 'clock'],
    input: consultDraftInput,
    state: 'draft',
    apply: (request): ConsultData => ({ ...emptyConsult, request: request as ConsultData['request'] }),
  }),
  actions: { ...requestSteps, ...meetingSteps, ...mishapSteps },
};

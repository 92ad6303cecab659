import { nothing } from '../workflow.ts';
import {
  because,
  consultDraftInput,
  consultRequestInput,
  emergencyInput,
  meetingInput,
  questionInput,
  urgencyInput,
  type ConsultData,
} from './consult-data.ts';
import { DISPATCHERS, ends, othersCase, past, refuse, step, takenOnBy } from './consult-step.ts';

/** From the request to the specialist who is asked. */
export const requestSteps = {
  save: step({
    from: ['draft', 'returned'],
    to: 'same',
    by: ['requester'],
    input: consultDraftInput,
    apply: (data, change) => ({
      ...data,
      request: { ...data.request, ...(change as ConsultData['request']) },
    }),
  }),
  submit: step({
    from: ['draft', 'returned'],
    to: ['requested'],
    by: ['requester'],
    input: consultRequestInput,
    apply: (data, request) => ({ ...data, request, question: null }),
  }),
  /** What became a consult was somebody's visit a moment ago: the hub asks for it, in the step that says so. */
  submitEmergency: step({
    from: ['draft'],
    to: ['requested'],
    by: ['clock'],
    input: emergencyInput,
    apply: (data, { linkedCaseId, ...request }) => ({ ...data, linkedCaseId, request }),
  }),
  changeUrgency: step({
    from: ['draft', 'requested', 'claimed', 'returned', 'matched'],
    to: 'same',
    by: ['requester', 'role:dispatcher'],
    input: urgencyInput,
  }),
  claim: step({
    from: ['requested', 'claimed'],
    to: ['claimed'],
    by: DISPATCHERS,
    input: nothing,
    guard: ({ dispatcher }) =>
      dispatcher ? refuse('conflict', `taken on by ${dispatcher.name ?? dispatcher.accountId}`) : null,
    apply: (data, _, at) => ({ ...data, dispatcher: takenOnBy(at) }),
  }),
  takeOver: step({
    from: ['claimed'],
    to: ['claimed'],
    by: DISPATCHERS,
    input: because,
    apply: (data, _, at) => ({ ...data, dispatcher: takenOnBy(at) }),
  }),
  release: step({
    from: ['claimed'],
    to: ['requested'],
    by: DISPATCHERS,
    input: nothing,
    guard: (data, _, at) => othersCase(data, at),
    apply: (data) => ({ ...data, dispatcher: null }),
  }),
  match: step({
    from: ['requested', 'claimed'],
    to: ['matched'],
    by: DISPATCHERS,
    input: meetingInput,
    guard: (data, input, at) => othersCase(data, at) ?? past(data, input, at),
    apply: (data, { accountId, startsAtMs, minutes }, at) => ({
      ...data,
      dispatcher: takenOnBy(at),
      specialistId: accountId,
      meeting: { startsAtMs, minutes },
    }),
  }),
  decline: step({
    from: ['requested', 'claimed'],
    to: ['declined'],
    by: DISPATCHERS,
    input: because,
    guard: (data, _, at) => othersCase(data, at),
    apply: ends,
  }),
  return: step({
    from: ['requested', 'claimed'],
    to: ['returned'],
    by: DISPATCHERS,
    input: questionInput,
    guard: (data, _, at) => othersCase(data, at),
    apply: (data, { question }) => ({ ...data, question, dispatcher: null }),
  }),
};

import { nothing } from '../workflow.ts';
import { because, consentInput, decisionInput, participantInput, withoutSpecialist } from './consult-data.ts';
import {
  BOTH,
  consentMissing,
  DISPATCHERS,
  LOCAL,
  notAsked,
  refuse,
  SPECIALIST,
  step,
} from './consult-step.ts';

/** From the specialist’s yes to the decision at the bedside. */
export const meetingSteps = {
  accept: step({
    from: ['matched'],
    to: ['accepted', 'consented'],
    by: SPECIALIST,
    input: nothing,
    guard: (data, _, at) => notAsked(data, at),
    next: ({ consent }) => (consent ? 'consented' : 'accepted'),
  }),
  refuse: step({
    from: ['matched'],
    to: ['requested'],
    by: SPECIALIST,
    input: because,
    guard: (data, _, at) => notAsked(data, at),
    apply: (data, { reason }, { atMs }) => ({ ...withoutSpecialist(data, reason, atMs), meeting: null }),
  }),
  recordConsent: step({
    from: ['requested', 'claimed', 'matched', 'accepted'],
    to: ['consented', 'requested', 'claimed', 'matched'],
    by: LOCAL,
    input: consentInput,
    guard: (_, { givenBy }, { urgency, from }) => {
      if (urgency === 'emergency') return null;
      if (givenBy === 'institution')
        return refuse('forbidden', 'an institution consents in an emergency only');
      return from === 'accepted' ? null : refuse('out_of_order', 'the specialist has not accepted yet');
    },
    next: (_, __, { from }) => (from === 'accepted' ? 'consented' : from),
    apply: (data, consent, { accountId, atMs }) => ({
      ...data,
      consent: { ...consent, recordedBy: accountId, atMs },
    }),
  }),
  invite: step({
    from: ['consented'],
    to: ['ready'],
    by: ['as:local_doctor', 'role:dispatcher'],
    input: nothing,
    guard: consentMissing,
    apply: (data, _, { atMs }) => ({
      ...data,
      invitation: { atMs, startsAtMs: data.meeting?.startsAtMs ?? atMs, request: data.request },
    }),
  }),
  markRead: step({
    from: ['accepted', 'consented', 'ready', 'in_session'],
    to: 'same',
    by: SPECIALIST,
    input: nothing,
    apply: (data, _, { accountId }) => ({
      ...data,
      readBy: [...new Set([...data.readBy, ...(accountId ? [accountId] : [])])],
    }),
  }),
  addParticipant: step({
    from: ['accepted', 'consented', 'ready', 'in_session'],
    to: 'same',
    by: DISPATCHERS,
    input: participantInput,
    guard: ({ specialistId }, { accountId }) =>
      specialistId === accountId ? refuse('conflict', 'is the specialist already') : null,
    apply: (data, { accountId }) => ({
      ...data,
      alsoThere: [...new Set([...data.alsoThere, accountId])],
    }),
  }),
  openRoom: step({
    from: ['ready'],
    to: ['in_session'],
    by: BOTH,
    input: nothing,
    guard: consentMissing,
  }),
  conclude: step({
    from: ['in_session', 'amending'],
    to: ['concluded'],
    by: SPECIALIST,
    input: nothing,
  }),
  /** A final opinion is never changed: another takes its place, and has to be acknowledged again. Also out of the archive, on purpose. */
  amend: step({
    from: ['concluded', 'archived'],
    to: ['amending'],
    by: SPECIALIST,
    input: because,
  }),
  acknowledge: step({
    from: ['concluded'],
    to: ['archived'],
    by: LOCAL,
    input: decisionInput,
    apply: (data, decision, { accountId, atMs }) => ({
      ...data,
      decision: { ...decision, by: accountId, atMs },
    }),
  }),
};

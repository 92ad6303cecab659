import { nothing } from '../workflow.ts';
import { because, meetingInput, reidentifyInput, withoutSpecialist } from './consult-data.ts';
import {
  BEFORE,
  BOTH,
  DISPATCHERS,
  ends,
  LOCAL,
  past,
  refuse,
  resumed,
  step,
  UNDER_WAY,
} from './consult-step.ts';

/** What happens when it does not go as planned. */
export const mishapSteps = {
  /** Before the room somebody else is asked; in it, they come in at once. */
  reassign: step({
    from: [...BEFORE, 'in_session', 'replacing'],
    to: ['matched', 'ready', 'in_session'],
    by: DISPATCHERS,
    input: meetingInput.extend({ reason: because.shape.reason }),
    guard: (data, input, at) =>
      data.specialistId === input.accountId
        ? refuse('conflict', 'is the specialist already')
        : past(data, input, at),
    next: (data, _, { from }) => {
      const stood = from === 'replacing' ? resumed(data) : from;
      return stood === 'ready' || stood === 'in_session' ? stood : 'matched';
    },
    apply: (data, { accountId, startsAtMs, minutes, reason }, { atMs }) => ({
      ...withoutSpecialist(data, reason, atMs),
      alsoThere: data.alsoThere.filter((other) => other !== accountId),
      specialistId: accountId,
      meeting: { startsAtMs, minutes },
      resumeAs: null,
    }),
  }),
  drop: step({
    from: ['accepted', 'consented', 'ready', 'in_session'],
    to: ['replacing'],
    by: BOTH,
    input: because,
    // The specialist, or the local doctor who sees that they are gone.
    guard: ({ alsoThere }, _, { accountId }) =>
      alsoThere.includes(accountId ?? '') ? refuse('forbidden', 'another specialist was asked') : null,
    apply: (data, { reason }, { atMs, from }) => ({
      ...withoutSpecialist(data, reason, atMs),
      resumeAs: from,
    }),
  }),
  cancel: step({
    from: ['draft', 'requested', 'claimed', 'returned', ...BEFORE, 'replacing', 'frozen'],
    to: ['cancelled'],
    by: ['requester'],
    input: because,
    guard: ({ resumeAs }) =>
      resumeAs === 'in_session' ? refuse('out_of_order', 'it has begun: stop it instead') : null,
    apply: ends,
  }),
  withdrawConsent: step({
    from: ['requested', 'claimed', ...BEFORE, 'in_session', 'replacing', 'frozen'],
    to: ['stopped'],
    by: LOCAL,
    input: because,
    guard: ({ consent }) => (consent ? null : refuse('out_of_order', 'there is no consent to withdraw')),
    apply: (data, input, at) => ({ ...ends(data, input, at), consent: null }),
  }),
  /** What the rules oblige: stop where quality or safety is at risk. */
  stop: step({
    from: ['in_session', 'replacing', 'frozen'],
    to: ['stopped'],
    by: BOTH,
    input: because,
    apply: ends,
  }),
  wrongPatient: step({
    from: UNDER_WAY,
    to: ['frozen'],
    by: ['as:local_doctor', 'as:specialist', 'role:dispatcher'],
    input: because,
    apply: (data, _, { from }) => ({ ...data, resumeAs: from }),
  }),
  reidentify: step({
    from: ['frozen'],
    to: UNDER_WAY,
    by: LOCAL,
    input: reidentifyInput,
    // Where somebody's consent carried the case and it was another's, it has to be given first.
    next: (data, { consentStands }) => {
      const stood = resumed(data);
      return !consentStands && (stood === 'consented' || stood === 'ready' || stood === 'in_session')
        ? 'accepted'
        : stood;
    },
    apply: (data, { consentStands }) => ({
      ...data,
      consent: consentStands ? data.consent : null,
      resumeAs: null,
    }),
  }),
  expired: step({
    from: [
      'requested',
      'claimed',
      'matched',
      'accepted',
      'consented',
      'ready',
      'replacing',
      'frozen',
      'concluded',
      'amending',
    ],
    to: ['requested', 'accepted', 'consented', 'ready', 'replacing', 'frozen', 'concluded', 'amending'],
    by: ['clock'],
    input: nothing,
    // Who took it on, or was asked, has not answered: back among what any dispatcher may take.
    next: (_, __, { from }) => (from === 'claimed' || from === 'matched' ? 'requested' : from),
    apply: (data, _, { atMs, from }) => {
      const escalated = { ...data, escalations: data.escalations + 1 };
      if (from === 'claimed') return { ...escalated, dispatcher: null };
      return from === 'matched'
        ? { ...withoutSpecialist(escalated, 'no answer in time', atMs), dispatcher: null, meeting: null }
        : escalated;
    },
  }),
};

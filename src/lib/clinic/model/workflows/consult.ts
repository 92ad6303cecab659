import type { CaseActor } from '../../../signaling/contract/index.ts';
import {
  because,
  consentInput,
  consultDraftInput,
  consultRequestInput,
  decisionInput,
  emergencyInput,
  emptyConsult,
  isPast,
  meetingInput,
  participantInput,
  questionInput,
  reidentifyInput,
  urgencyInput,
  withoutSpecialist,
  type ConsultData,
} from '../consult/consult-data.ts';
import { actionsOf, nothing, opening, type Refusal, type Step, type Workflow } from '../workflow.ts';

type State =
  | 'draft'
  | 'requested'
  | 'claimed'
  | 'returned'
  | 'matched'
  | 'accepted'
  | 'consented'
  | 'ready'
  | 'in_session'
  | 'replacing'
  | 'frozen'
  | 'concluded'
  | 'amending'
  | 'archived'
  | 'declined'
  | 'cancelled'
  | 'stopped';

const DISPATCHERS: readonly CaseActor[] = ['role:dispatcher'];
const LOCAL: readonly CaseActor[] = ['as:local_doctor'];
const SPECIALIST: readonly CaseActor[] = ['as:specialist'];
const BOTH: readonly CaseActor[] = ['as:local_doctor', 'as:specialist'];

/** Somebody is found or being asked, and nobody is in the room yet. */
const BEFORE: readonly State[] = ['matched', 'accepted', 'consented', 'ready'];
/** From asking to the signature: wherever the wrong patient may be noticed. */
const UNDER_WAY: readonly State[] = [
  'requested',
  'claimed',
  'returned',
  ...BEFORE,
  'in_session',
  'concluded',
];

const step = actionsOf<State, ConsultData>();

const refuse = (code: Refusal['code'], message: string): Refusal => ({ code, message });
const consentMissing = ({ consent }: ConsultData): Refusal | null =>
  consent ? null : refuse('out_of_order', 'without the patient’s consent nobody enters the room');
const past = (_: ConsultData, { startsAtMs }: { startsAtMs: number }, { atMs }: Step<State>) =>
  isPast(startsAtMs, atMs) ? refuse('invalid_message', 'startsAtMs: is past') : null;
const resumed = ({ resumeAs }: ConsultData): State => resumeAs as State;
const othersCase = ({ dispatcher }: ConsultData, { accountId }: Pick<Step<State>, 'accountId'>) =>
  dispatcher && dispatcher.accountId !== accountId
    ? refuse('conflict', `taken on by ${dispatcher.name ?? dispatcher.accountId}`)
    : null;
const notAsked = ({ specialistId }: ConsultData, { accountId }: Step<State>) =>
  specialistId === accountId ? null : refuse('forbidden', 'another specialist was asked');
const ends = (data: ConsultData, { reason }: { reason: string }, { atMs }: Step<State>): ConsultData => ({
  ...data,
  ended: { reason, atMs },
});
const takenOnBy = ({ accountId, actorName = null }: Step<State>): ConsultData['dispatcher'] =>
  accountId === null ? null : { accountId, name: actorName };

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
  actions: {
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
  },
};

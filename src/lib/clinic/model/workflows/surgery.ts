import { z } from 'zod';
import {
  accountIdSchema,
  boxIdSchema,
  lineSchema,
  type CaseActor,
} from '../../../signaling/contract/index.ts';
import { given } from '../surgery/authority.ts';
import { confirmersOf, confirmItemInput, openItems, type ChecklistName } from '../surgery/checklist.ts';
import { isStanding, rehearsalOf, rehearseInput } from '../surgery/rehearsal.ts';
import {
  bookedAs,
  bookingInput,
  bothSaidGo,
  figuresProblem,
  stoppedBy,
  unprepared,
  votersOf,
  type SurgeryData,
  type SurgeryPhase,
} from '../surgery/surgery-data.ts';
import {
  isRemote,
  isSurgeon,
  replaced,
  replaceInput,
  roleIn,
  takeoverPlanSchema,
  teamProblem,
} from '../surgery/team.ts';
import { actionsOf, nothing, opening, type Refusal, type Workflow } from '../workflow.ts';

export type SurgeryState =
  | 'booked'
  | 'consented'
  | 'rehearsed'
  | 'stopped'
  | 'cleared'
  | 'signed_in'
  | 'timed_out'
  | 'operating'
  | 'signing_out'
  | 'debriefing'
  | 'closed'
  | 'aborted';

const SURGEON: readonly CaseActor[] = ['as:operating_surgeon'];
const TEAM: readonly CaseActor[] = [...SURGEON, 'as:anaesthetist', 'as:nurse', 'as:proctor'];
const PLANNERS: readonly CaseActor[] = ['requester', 'home:surgeon', 'role:dispatcher'];
const BEFORE: readonly SurgeryState[] = [
  'booked',
  'consented',
  'rehearsed',
  'stopped',
  'cleared',
  'signed_in',
  'timed_out',
];
const REHEARSING: readonly SurgeryState[] = BEFORE.filter((state) => state !== 'booked');
/** The list that is being read in a state, and where its last word leads. */
const LISTS: Partial<Record<SurgeryState, [ChecklistName, SurgeryState]>> = {
  cleared: ['sign_in', 'signed_in'],
  signed_in: ['time_out', 'timed_out'],
  signing_out: ['sign_out', 'debriefing'],
};

/** The list that is being read. */
export const listIn = (state: SurgeryState): ChecklistName | null => LISTS[state]?.[0] ?? null;

const because = z.strictObject({ reason: lineSchema });
const whenInput = z.strictObject({ scheduledAtMs: z.int().min(0).max(8.64e15), reason: lineSchema });
const planInput = z.strictObject({ takeoverPlan: takeoverPlanSchema });
const consentInput = z.strictObject({
  /** Of the signed form. */
  reference: lineSchema,
  /** Everybody whom it names. */
  accountIds: z.array(accountIdSchema).min(1).max(30),
});
const roomInput = z.strictObject({ boxId: boxIdSchema.nullable() });
const toInput = z.strictObject({ to: accountIdSchema });

const step = actionsOf<SurgeryState, SurgeryData>();
const refused = (message: string | null | false, code: Refusal['code'] = 'conflict'): Refusal | null =>
  message ? { code, message } : null;
const isOffered = (data: SurgeryData, accountId: string | null): boolean =>
  data.offer !== null && data.offer.to === accountId;
const announced = (
  data: SurgeryData,
  kind: NonNullable<SurgeryData['announcement']>['kind'],
  atMs: number,
): SurgeryData => ({
  ...data,
  announcement: { kind, accountId: data.authority.accountId, atMs },
});

/** 远程手术: one authority at any time, and beside the patient somebody who can go on alone. */
export const surgery: Workflow<SurgeryState, SurgeryData> = {
  kind: 'surgery',
  // A surgeon of the other house who is asked to stand in has to have read the plan before saying yes.
  visibleTo: ['home:surgeon', 'home:anaesthetist', 'home:nurse', 'guest:surgeon', 'role:dispatcher', 'box'],
  states: {
    booked: { waitsFor: ['requester'] },
    consented: { waitsFor: TEAM, scheduled: true },
    rehearsed: { waitsFor: SURGEON },
    stopped: { waitsFor: TEAM },
    cleared: { waitsFor: TEAM },
    signed_in: { waitsFor: TEAM },
    timed_out: { waitsFor: SURGEON },
    operating: { waitsFor: TEAM },
    signing_out: { waitsFor: TEAM },
    debriefing: { waitsFor: SURGEON },
    closed: { closed: true },
    aborted: { closed: true },
  },
  opening: opening({
    by: ['role:surgeon', 'role:rural_doctor'],
    input: bookingInput,
    state: 'booked',
    apply: (booking, { atMs }) => bookedAs(booking, atMs),
  }),
  actions: {
    reschedule: step({
      from: ['booked', 'consented', 'stopped'],
      to: 'same',
      by: PLANNERS,
      input: whenInput,
      guard: (_, { scheduledAtMs }, { atMs }) =>
        refused(scheduledAtMs < atMs && 'that moment is over', 'invalid_message'),
      apply: (data, { scheduledAtMs }) => ({ ...data, booking: { ...data.booking, scheduledAtMs } }),
    }),
    amendPlan: step({
      from: ['booked', 'consented', 'stopped'],
      to: ['booked'],
      by: ['requester', 'home:surgeon'],
      input: planInput,
      guard: ({ team }, { takeoverPlan }) => refused(teamProblem(team, takeoverPlan), 'invalid_message'),
      apply: (data, { takeoverPlan }, { atMs }) =>
        given({ ...unprepared(data), takeoverPlan }, takeoverPlan.who, 'booked', atMs),
    }),
    /** Somebody cannot: another in the same role. Before the operation the patient has to agree to the new one. */
    replaceMember: step({
      from: [...BEFORE, 'operating', 'signing_out'],
      to: ['booked', 'operating', 'signing_out'],
      by: [...PLANNERS, ...TEAM],
      input: replaceInput,
      guard: (data, change, { from }) => {
        if (!data.team.some(({ accountId }) => accountId === change.accountId))
          return refused('no such member of the team', 'not_found');
        if (!BEFORE.includes(from) && data.authority.accountId === change.accountId)
          return refused('whoever holds authority hands it over first');
        const { team, takeoverPlan } = replaced(data.team, data.takeoverPlan, change);
        return refused(teamProblem(team, takeoverPlan), 'invalid_message');
      },
      next: (_, __, { from }) => (from === 'operating' || from === 'signing_out' ? from : 'booked'),
      apply: (data, change, { from, atMs }) => {
        const changed = { ...data, ...replaced(data.team, data.takeoverPlan, change), offer: null };
        if (!BEFORE.includes(from)) return changed;
        return given(unprepared(changed), changed.takeoverPlan.who, 'booked', atMs);
      },
    }),
    recordConsent: step({
      from: ['booked'],
      to: ['consented'],
      by: PLANNERS,
      input: consentInput,
      guard: ({ team }, { accountIds }) =>
        refused(
          team.some(({ accountId }) => !accountIds.includes(accountId)) &&
            'the consent has to name everybody of the team',
          'invalid_message',
        ),
      apply: (data, consent, { atMs }) => ({ ...data, consent: { ...consent, atMs } }),
    }),
    openRoom: step({
      from: REHEARSING,
      to: 'same',
      by: [...TEAM, 'requester'],
      input: roomInput,
      guard: ({ roomOpen }) => refused(roomOpen && 'its room is open'),
      apply: (data) => ({ ...data, roomOpen: true }),
    }),
    /** The figures of the network, as measured; both have to say go again on them. */
    rehearse: step({
      from: REHEARSING,
      to: ['rehearsed', 'consented', 'stopped', 'signed_in', 'timed_out'],
      by: TEAM,
      input: rehearseInput,
      guard: (data, input, { atMs }) =>
        refused(!data.roomOpen && 'the room is not open yet', 'out_of_order') ??
        refused(!isStanding(input, atMs) && 'figures that are not of now', 'expired'),
      next: (_, input, { from, accountId }) => {
        const { judgement } = rehearsalOf(input, accountId);
        if (judgement === 'no_go') return from === 'consented' ? 'consented' : 'stopped';
        return from === 'signed_in' || from === 'timed_out' ? from : 'rehearsed';
      },
      apply: (data, input, { from, accountId, atMs }) => {
        const rehearsed = { ...data, rehearsal: rehearsalOf(input, accountId), go: [] };
        if (rehearsed.rehearsal.judgement !== 'no_go' || from === 'consented') return rehearsed;
        const reason = rehearsed.rehearsal.reason;
        return stoppedBy(rehearsed, { kind: 'no_go', by: accountId, reason, atMs });
      },
    }),
    voteGo: step({
      from: ['rehearsed', 'signed_in', 'timed_out'],
      to: ['rehearsed', 'cleared', 'signed_in', 'timed_out'],
      by: SURGEON,
      input: nothing,
      guard: (data, _, { accountId, atMs }) =>
        refused(!votersOf(data).includes(accountId ?? '') && 'not one of the two', 'forbidden') ??
        refused(figuresProblem(data, atMs), 'expired'),
      next: (data, _, { from, accountId }) =>
        from === 'rehearsed' && bothSaidGo({ ...data, go: [...data.go, accountId ?? ''] }) ? 'cleared' : from,
      apply: (data, _, { accountId }) => ({ ...data, go: [...new Set([...data.go, accountId ?? ''])] }),
    }),
    voteNoGo: step({
      from: ['rehearsed', 'cleared', 'signed_in', 'timed_out'],
      to: ['stopped'],
      by: SURGEON,
      input: because,
      apply: (data, { reason }, { accountId, atMs }) =>
        stoppedBy(data, { kind: 'no_go', by: accountId, reason, atMs }),
    }),
    confirmItem: step({
      from: ['cleared', 'signed_in', 'signing_out'],
      to: ['cleared', 'signed_in', 'timed_out', 'signing_out', 'debriefing', 'stopped'],
      by: TEAM,
      input: confirmItemInput,
      guard: ({ team }, { item, as }, { from, accountId }) => {
        const [list] = LISTS[from] ?? [];
        if (!list || !confirmersOf(list, item).includes(as))
          return refused('no such item for this role in the list that is being read', 'invalid_message');
        return refused(roleIn(team, accountId) !== as && 'not in this role', 'forbidden');
      },
      next: (data, input, { from }) => {
        if (isOtherSide(data, input)) return 'stopped';
        const [list, then] = LISTS[from]!;
        const left = openItems(list, data.checklists[list]).filter(
          ({ item, as }) => item !== input.item || as !== input.as,
        );
        return left.length === 0 ? then : from;
      },
      apply: (data, input, { from, accountId, atMs }) => {
        const { item, as, answer, note = null } = input;
        if (isOtherSide(data, input))
          return stoppedBy(data, { kind: 'wrong_side', by: accountId, reason: note, atMs });
        const [list] = LISTS[from]!;
        const confirmation = { item, as, answer, note, by: accountId ?? '', atMs };
        const others = data.checklists[list].filter((each) => each.item !== item || each.as !== as);
        return { ...data, checklists: { ...data.checklists, [list]: [...others, confirmation] } };
      },
    }),
    start: step({
      from: ['timed_out'],
      to: ['operating'],
      by: SURGEON,
      input: nothing,
      guard: (data, _, { accountId, atMs }) =>
        refused(
          roleIn(data.team, accountId) !== 'operating_surgeon' && 'the operating surgeon begins',
          'forbidden',
        ) ??
        refused(figuresProblem(data, atMs), 'expired') ??
        refused(!bothSaidGo(data) && 'both have to say go on the latest figures', 'out_of_order'),
      apply: (data, _, { accountId, atMs }) => given(data, accountId ?? '', 'started', atMs),
    }),
    offerAuthority: step({
      from: ['operating'],
      to: 'same',
      by: SURGEON,
      input: toInput,
      guard: ({ team, authority, link }, { to }, { accountId }) =>
        refused(authority.accountId !== accountId && 'offered by who holds it', 'forbidden') ??
        refused(
          (!isSurgeon(team, to) || to === accountId) && 'another surgeon of the team',
          'invalid_message',
        ) ??
        refused(link === 'red' && isRemote(team, to) && 'not over a red link'),
      apply: (data, { to }, { atMs }) => ({ ...data, offer: { to, atMs } }),
    }),
    withdrawOffer: step({
      from: ['operating'],
      to: 'same',
      by: SURGEON,
      input: nothing,
      guard: ({ authority, offer }, _, { accountId }) =>
        refused((!offer || authority.accountId !== accountId) && 'nothing of yours is offered'),
      apply: (data) => ({ ...data, offer: null }),
    }),
    acceptAuthority: step({
      from: ['operating'],
      to: 'same',
      by: SURGEON,
      input: nothing,
      guard: (data, _, { accountId }) => refused(!isOffered(data, accountId) && 'not offered to you'),
      apply: (data, _, { accountId, atMs }) => given(data, accountId ?? '', 'handed_over', atMs),
    }),
    declineAuthority: step({
      from: ['operating'],
      to: 'same',
      by: SURGEON,
      input: because,
      guard: (data, _, { accountId }) => refused(!isOffered(data, accountId) && 'not offered to you'),
      apply: (data) => ({ ...data, offer: null }),
    }),
    /** At once, and without asking; also from who got it a moment ago because the link turned red: nobody is to read an error then. */
    takeOver: step({
      from: ['operating'],
      to: 'same',
      by: SURGEON,
      input: because,
      guard: ({ team }, _, { accountId }) =>
        refused(roleIn(team, accountId) !== 'local_surgeon' && 'a local surgeon takes over', 'forbidden'),
      apply: (data, _, { accountId, atMs }) =>
        announced(given(data, accountId ?? '', 'taken_over', atMs), 'takeover', atMs),
    }),
    /** Nobody can operate over a red link: the local surgeon goes on, and everybody is told. */
    linkRed: step({
      from: ['operating'],
      to: 'same',
      by: [...TEAM, 'box', 'clock'],
      input: nothing,
      guard: ({ link }) => refused(link === 'red' && 'it is red already'),
      apply: (data, _, { atMs }) => {
        const red: SurgeryData = { ...data, link: 'red', offer: null };
        const { accountId } = data.authority;
        return announced(
          isRemote(data.team, accountId) ? given(red, data.takeoverPlan.who, 'link_red', atMs) : red,
          'link_red',
          atMs,
        );
      },
    }),
    /** Authority stays where it is, until it is handed over again. */
    linkGood: step({
      from: ['operating'],
      to: 'same',
      by: [...TEAM, 'box', 'clock'],
      input: nothing,
      guard: ({ link }) => refused(link === 'good' && 'it is good'),
      apply: (data, _, { atMs }) => announced({ ...data, link: 'good' }, 'link_good', atMs),
    }),
    finishOperating: step({
      from: ['operating'],
      to: ['signing_out'],
      by: SURGEON,
      input: nothing,
      guard: ({ authority }, _, { accountId }) =>
        refused(authority.accountId !== accountId && 'ended by who holds authority', 'forbidden'),
      apply: (data, _, { atMs }) => given(data, data.takeoverPlan.who, 'ended', atMs),
    }),
    /** Concludes what was written of it together. */
    debrief: step({ from: ['debriefing'], to: ['closed'], by: SURGEON, input: nothing }),
    /** Before it began it is over then; afterwards the local surgeon goes on alone, and it is talked over all the same. */
    abort: step({
      from: [...BEFORE, 'operating', 'signing_out'],
      to: ['aborted', 'debriefing'],
      by: [...SURGEON, 'as:anaesthetist', 'requester'],
      input: because,
      next: (_, __, { from }) => (BEFORE.includes(from) ? 'aborted' : 'debriefing'),
      apply: (data, { reason }, { accountId, atMs }) => ({
        ...given(data, data.takeoverPlan.who, 'ended', atMs),
        aborted: { reason, by: accountId, atMs },
      }),
    }),
  },
};

function isOtherSide({ booking }: SurgeryData, { laterality }: z.output<typeof confirmItemInput>): boolean {
  return laterality !== undefined && laterality !== booking.laterality;
}

const PHASES: Readonly<Record<SurgeryState, SurgeryPhase>> = {
  booked: 'planning',
  consented: 'planning',
  rehearsed: 'rehearsal',
  stopped: 'rehearsal',
  cleared: 'sign_in',
  signed_in: 'time_out',
  timed_out: 'time_out',
  operating: 'operating',
  signing_out: 'sign_out',
  debriefing: 'debrief',
  closed: 'over',
  aborted: 'over',
};

/** What the room's page is there for now. */
export const phaseOf = ({ roomOpen }: Pick<SurgeryData, 'roomOpen'>, state: SurgeryState): SurgeryPhase =>
  state === 'consented' && roomOpen ? 'rehearsal' : PHASES[state];

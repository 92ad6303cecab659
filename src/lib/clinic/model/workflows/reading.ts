import { z } from 'zod';
import { lineSchema, type CaseActor } from '../../../signaling/contract/index.ts';
import {
  adjudicateInput,
  CLAIM_MINUTES,
  concludeInput,
  decideInput,
  disagreeInput,
  needsSecondReader,
  readersOf,
  requestInput,
  returnInput,
  submitInput,
  type Read,
  type ReadingData,
} from '../reading/reading-data.ts';
import { actionsOf, nothing, opening, type Refusal, type Step, type Workflow } from '../workflow.ts';

export type ReadingState =
  | 'preparing'
  | 'waiting'
  | 'reading'
  | 'awaiting_second'
  | 'second_reading'
  | 'discrepant'
  | 'adjudicating'
  | 'returned'
  | 'final'
  | 'closed'
  | 'cancelled';

const SENDERS: readonly CaseActor[] = ['requester', 'home:rural_doctor', 'home:sonographer'];
const READERS: readonly CaseActor[] = ['as:reader', 'as:second_reader'];
const IN_HAND: readonly ReadingState[] = ['reading', 'second_reading', 'adjudicating'];
/** Where a study lies again when nobody has it in hand any more. */
const BACK: Partial<Record<ReadingState, ReadingState>> = {
  reading: 'waiting',
  second_reading: 'awaiting_second',
  adjudicating: 'discrepant',
};
const because = z.strictObject({ reason: lineSchema });

const step = actionsOf<ReadingState, ReadingData>();
type Now = Step<ReadingState>;
const refused = (message: string | false, code: Refusal['code'] = 'conflict'): Refusal | null =>
  message ? { code, message } : null;
const notInHand = ({ holderId }: ReadingData, _: unknown, { accountId }: Now): Refusal | null =>
  refused(holderId !== accountId && 'another reader has it in hand', 'forbidden');
const readBy = (
  { findings, impression, critical }: Omit<Read, 'by' | 'atMs'>,
  { accountId, atMs }: Now,
): Read => ({
  findings,
  impression,
  critical,
  by: accountId,
  atMs,
});
const claimed = (from: ReadingState, to: ReadingState) =>
  step({
    from: [from],
    to: [to],
    by: ['role:specialist'],
    input: nothing,
    guard: (data, _, { accountId }) =>
      refused(readersOf(data).includes(accountId ?? '') && 'read by the same person before', 'forbidden'),
    apply: (data, _, { accountId }) => ({ ...data, holderId: accountId }),
  });
const laidBack = {
  from: IN_HAND,
  to: ['waiting', 'awaiting_second', 'discrepant'],
  input: nothing,
  next: (_: ReadingData, __: unknown, { from }: Now): ReadingState => BACK[from]!,
  apply: (data: ReadingData): ReadingData => ({ ...data, holderId: null }),
} as const;

/** 远程智能诊断中心: pictures of every institution, read by whoever is free and knows the subject. Models suggest; people read. */
export const reading: Workflow<ReadingState, ReadingData> = {
  kind: 'reading',
  visibleTo: ['home:rural_doctor', 'home:sonographer', 'role:specialist', 'role:dispatcher'],
  states: {
    preparing: { waitsFor: ['requester'] },
    waiting: { waitsFor: ['role:specialist'] },
    reading: { waitsFor: ['as:reader'], dueMinutes: CLAIM_MINUTES },
    awaiting_second: { waitsFor: ['role:specialist'] },
    second_reading: { waitsFor: ['as:second_reader'], dueMinutes: CLAIM_MINUTES },
    discrepant: { waitsFor: ['role:specialist'] },
    adjudicating: { waitsFor: ['as:second_reader'], dueMinutes: CLAIM_MINUTES },
    returned: { waitsFor: SENDERS },
    final: { waitsFor: SENDERS },
    closed: { closed: true },
    cancelled: { closed: true },
  },
  opening: opening({
    by: ['role:rural_doctor', 'role:sonographer', 'role:specialist'],
    input: requestInput,
    state: 'preparing',
    apply: (
      { modality, bodyPart, laterality, reason, question, examCaseId, secondReader },
      { urgency },
    ): ReadingData => ({
      study: { modality, bodyPart, laterality },
      reason,
      question,
      examCaseId,
      images: [],
      sentAtMs: null,
      secondReader: needsSecondReader(modality, urgency) ? 'by_rule' : secondReader ? 'by_request' : null,
      holderId: null,
      first: null,
      second: null,
      adjudication: null,
      result: null,
      returns: [],
      decisions: [],
      ended: null,
    }),
  }),
  actions: {
    submit: step({
      from: ['preparing', 'returned'],
      to: ['waiting'],
      by: SENDERS,
      input: submitInput,
      apply: (data, { images }, { atMs }) => ({ ...data, images, sentAtMs: data.sentAtMs ?? atMs }),
    }),
    /** It cannot wait: before everything else from now on. */
    makeStat: step({
      from: ['preparing', 'waiting', ...IN_HAND, 'awaiting_second', 'discrepant', 'returned'],
      to: 'same',
      by: [...SENDERS, 'role:dispatcher'],
      input: because,
      guard: (_, __, { urgency }) => refused(urgency === 'emergency' && 'it is one already'),
    }),
    requestSecond: step({
      from: ['preparing', 'waiting', 'reading'],
      to: 'same',
      by: SENDERS,
      input: nothing,
      apply: (data) => ({ ...data, secondReader: data.secondReader ?? 'by_request' }),
    }),
    claim: claimed('waiting', 'reading'),
    claimSecond: claimed('awaiting_second', 'second_reading'),
    /** By a senior who has not read it. */
    claimAdjudication: claimed('discrepant', 'adjudicating'),
    release: step({ ...laidBack, by: READERS, guard: notInHand }),
    expired: step({ ...laidBack, by: ['clock'] }),
    conclude: step({
      from: ['reading'],
      to: ['final', 'awaiting_second'],
      by: ['as:reader'],
      input: concludeInput,
      guard: notInHand,
      next: ({ secondReader }, { askSecond }) => (secondReader || askSecond ? 'awaiting_second' : 'final'),
      apply: (data, input, now) => {
        const first = readBy(input, now);
        const secondReader = data.secondReader ?? (input.askSecond ? 'by_request' : null);
        const result = secondReader ? null : { ...first, confirmedBy: null };
        return { ...data, first, secondReader, result, holderId: null };
      },
    }),
    agree: step({
      from: ['second_reading'],
      to: ['final'],
      by: ['as:second_reader'],
      input: nothing,
      guard: notInHand,
      apply: (data, _, now) => {
        const first = data.first!;
        return {
          ...data,
          second: { ...readBy(first, now), reason: null },
          result: { ...first, confirmedBy: now.accountId },
          holderId: null,
        };
      },
    }),
    disagree: step({
      from: ['second_reading'],
      to: ['discrepant'],
      by: ['as:second_reader'],
      input: disagreeInput,
      guard: notInHand,
      apply: (data, input, now) => ({
        ...data,
        second: { ...readBy(input, now), reason: input.reason },
        holderId: null,
      }),
    }),
    adjudicate: step({
      from: ['adjudicating'],
      to: ['final'],
      by: ['as:second_reader'],
      input: adjudicateInput,
      guard: notInHand,
      apply: (data, input, now) => {
        const adjudication = { ...readBy(input, now), reason: input.reason };
        return {
          ...data,
          adjudication,
          result: { ...readBy(input, now), confirmedBy: null },
          holderId: null,
        };
      },
    }),
    /** Pictures that nobody can read go back to whoever sent them; what was read of them is read anew. */
    returnPictures: step({
      from: IN_HAND,
      to: ['returned'],
      by: READERS,
      input: returnInput,
      guard: notInHand,
      apply: (data, { why, note }, { accountId, atMs }) => ({
        ...data,
        returns: [...data.returns, { why, note, by: accountId, atMs }],
        first: null,
        second: null,
        holderId: null,
      }),
    }),
    /** What the person who reads makes of a model's suggestion; it changes nothing else. */
    decideSuggestion: step({
      from: IN_HAND,
      to: 'same',
      by: READERS,
      input: decideInput,
      guard: (data, input, now) =>
        notInHand(data, input, now) ??
        refused(
          data.decisions.some(({ suggestionId }) => suggestionId === input.suggestionId) && 'decided before',
        ),
      apply: (data, { suggestionId, decision }, { accountId, atMs }) => ({
        ...data,
        decisions: [...data.decisions, { suggestionId, decision, by: accountId, atMs }],
      }),
    }),
    acknowledge: step({ from: ['final'], to: ['closed'], by: SENDERS, input: nothing }),
    cancel: step({
      from: ['preparing', 'waiting', 'returned'],
      to: ['cancelled'],
      by: SENDERS,
      input: because,
      apply: (data, { reason }) => ({ ...data, ended: reason }),
    }),
  },
};

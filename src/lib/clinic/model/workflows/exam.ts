import { z } from 'zod';
import {
  accountIdSchema,
  boxIdSchema,
  lateralitySchema,
  lineSchema,
  paragraphSchema,
  selfTestResultSchema,
  type CaseActor,
} from '../../../signaling/contract/index.ts';
import {
  confirmed,
  confirmInput,
  confirmRefusal,
  isIdentified,
  reidentified,
  unidentified,
  withdrawn,
  type Identification,
} from '../exam/identification.ts';
import { orderInput, studyProblem, type Order } from '../exam/order.ts';
import { askedFor, prepareInput, seenTo, unmet, type PreparationItem } from '../exam/preparation.ts';
import { actionsOf, nothing, opening, type Workflow } from '../workflow.ts';

type State =
  | 'ordered'
  | 'scheduled'
  | 'prepared'
  | 'ready'
  | 'identifying'
  | 'frozen'
  | 'examining'
  | 'drafting'
  | 'reported'
  | 'closed'
  | 'cancelled'
  | 'no_show'
  | 'voided'
  | 'became_consult';

export interface ExamData {
  order: Order;
  preparation: readonly PreparationItem[];
  /** Nobody has begun in time. */
  overdueSinceMs: number | null;
  expertId: string | null;
  boxId: string | null;
  /** The latest, also when it failed. */
  selfTest: { boxId: string; status: 'ok' | 'warn' | 'fail'; findings: string[]; atMs: number } | null;
  identification: Identification;
  findings: { text: string; by: string | null; atMs: number }[];
  reportedBy: string | null;
  /** Why it ended before its end. */
  ended: string | null;
}

/** Who holds the probe: a sonographer, or in a small clinic the doctor. */
const EXAMINERS: readonly CaseActor[] = ['home:sonographer', 'home:rural_doctor'];
const BOTH_ENDS: readonly CaseActor[] = ['as:sonographer', 'as:expert'];
const WAITING: readonly State[] = ['ordered', 'scheduled', 'prepared', 'ready'];
const IN_ROOM: readonly State[] = ['identifying', 'examining', 'frozen'];

const because = z.strictObject({ reason: lineSchema });
const scheduleInput = z.strictObject({ atMs: z.int().min(0).max(8.64e15) });
const expertInput = z.strictObject({ accountId: accountIdSchema });
const boxInput = z.strictObject({ boxId: boxIdSchema, selfTest: selfTestResultSchema });
const sideInput = z.strictObject({ laterality: lateralitySchema, reason: lineSchema });
const reidentifyInput = z.strictObject({
  /** What becomes of the pictures that were taken before the mismatch was found. */
  earlierPictures: z.enum(['counted', 'void']),
  reason: lineSchema,
});
const findingsInput = z.strictObject({ text: paragraphSchema });

const step = actionsOf<State, ExamData>();

/** Whether a picture taken now belongs to the exam: both ends stand by the same patient and the same side. */
export const capturesCount = ({ identification }: ExamData): boolean => isIdentified(identification);

const identify = (data: ExamData, change: (before: Identification) => Identification): ExamData => ({
  ...data,
  identification: change(data.identification),
});
const withoutBox = (data: ExamData, atMs: number): ExamData => ({
  ...identify(data, (before) => withdrawn(before, atMs)),
  boxId: null,
});
const confirmAt = (end: 'bedside' | 'farEnd', by: readonly CaseActor[]) =>
  step({
    from: ['identifying', 'examining'],
    to: ['identifying', 'examining', 'frozen'],
    by,
    input: confirmInput,
    guard: (_, input, { accountId }) => confirmRefusal(input, accountId),
    next: (data, input, context) => {
      const after = confirmed(data.identification, end, input, context);
      if (after.mismatch) return 'frozen';
      return isIdentified(after) ? 'examining' : 'identifying';
    },
    apply: (data, input, context) => identify(data, (before) => confirmed(before, end, input, context)),
  });
const endedBy = (data: ExamData, reason: string, atMs: number): ExamData => ({
  ...identify(data, (before) => withdrawn(before, atMs)),
  ended: reason,
});
const ending = (from: readonly State[], to: State, by: readonly CaseActor[]) =>
  step({
    from,
    to: [to],
    by,
    input: because,
    apply: (data, { reason }, { atMs }) => endedBy(data, reason, atMs),
  });

/** 远程查验: the hand is here, the expert is elsewhere, and pictures count only of whom and what both are sure of. */
export const exam: Workflow<State, ExamData> = {
  kind: 'exam',
  visibleTo: [...EXAMINERS, 'home:nurse', 'role:dispatcher', 'box'],
  states: {
    // Ours: an emergency is on the table within ten minutes, an urgent exam has begun within the hour; a routine one waits for its day.
    ordered: { waitsFor: EXAMINERS, dueMinutes: { routine: null, urgent: 60, emergency: 10 } },
    scheduled: { waitsFor: EXAMINERS, scheduled: true },
    prepared: { waitsFor: ['as:sonographer'] },
    ready: { waitsFor: ['as:sonographer'] },
    identifying: { waitsFor: [...BOTH_ENDS, 'box'] },
    frozen: { waitsFor: BOTH_ENDS, frozen: true },
    examining: { waitsFor: BOTH_ENDS },
    drafting: { waitsFor: ['as:expert'] },
    reported: { waitsFor: ['requester'] },
    closed: { closed: true },
    cancelled: { closed: true },
    no_show: { closed: true },
    voided: { closed: true },
    became_consult: { closed: true },
  },
  opening: opening({
    by: ['role:rural_doctor', 'role:sonographer', 'role:specialist'],
    input: orderInput,
    state: 'ordered',
    apply: (order): ExamData => ({
      order,
      preparation: askedFor(order),
      overdueSinceMs: null,
      expertId: null,
      boxId: null,
      selfTest: null,
      identification: unidentified(order.laterality),
      findings: [],
      reportedBy: null,
      ended: null,
    }),
  }),
  actions: {
    expired: step({
      from: ['ordered'],
      to: 'same',
      by: ['clock'],
      input: nothing,
      apply: (data, _, { atMs }) => ({ ...data, overdueSinceMs: data.overdueSinceMs ?? atMs }),
    }),
    schedule: step({
      from: ['ordered', 'scheduled'],
      to: ['scheduled'],
      by: [...EXAMINERS, 'role:dispatcher'],
      input: scheduleInput,
      guard: (_, { atMs }, now) =>
        atMs < now.atMs ? { code: 'invalid_message', message: 'that moment is over' } : null,
    }),
    assignExpert: step({
      from: [...WAITING, 'identifying', 'frozen', 'drafting'],
      to: 'same',
      by: [...EXAMINERS, 'requester', 'role:dispatcher'],
      input: expertInput,
      apply: (data, { accountId }, { atMs }) => ({
        ...identify(data, (before) => withdrawn(before, atMs, 'farEnd')),
        expertId: accountId,
      }),
    }),
    /** In the middle of it; another is assigned, and confirms for himself. */
    dropExpert: step({
      from: IN_ROOM,
      to: ['identifying', 'frozen'],
      by: [...BOTH_ENDS, 'role:dispatcher'],
      input: because,
      next: (_, __, { from }) => (from === 'frozen' ? 'frozen' : 'identifying'),
      guard: ({ expertId }) =>
        expertId === null ? { code: 'conflict', message: 'nobody is assigned' } : null,
      apply: (data, _, { atMs }) => ({
        ...identify(data, (before) => withdrawn(before, atMs, 'farEnd')),
        expertId: null,
      }),
    }),
    prepare: step({
      from: ['ordered', 'scheduled'],
      to: ['prepared'],
      by: EXAMINERS,
      input: prepareInput,
      guard: ({ preparation }, { items }) => {
        const open = unmet(preparation, items);
        return open.length > 0 ? { code: 'out_of_order', message: `not prepared: ${open.join(', ')}` } : null;
      },
      apply: (data, { items }, { accountId }) => ({
        ...data,
        preparation: seenTo(data.preparation, items, accountId),
      }),
    }),
    /** Another of the house goes on at the bedside. */
    takeOver: step({
      from: ['prepared', 'ready', ...IN_ROOM],
      to: 'same',
      by: EXAMINERS,
      input: nothing,
    }),
    attachBox: step({
      from: ['prepared'],
      to: ['ready', 'prepared'],
      by: ['as:sonographer'],
      input: boxInput,
      next: (_, { selfTest }) => (selfTest.status === 'fail' ? 'prepared' : 'ready'),
      apply: (data, { boxId, selfTest: { status, checks } }, { atMs }) => ({
        ...data,
        boxId: status === 'fail' ? null : boxId,
        selfTest: {
          boxId,
          status,
          findings: checks.filter((check) => check.status !== 'ok').map(({ finding }) => finding),
          atMs,
        },
      }),
    }),
    openRoom: step({
      from: ['ready'],
      to: ['identifying'],
      by: ['as:sonographer'],
      input: nothing,
      guard: ({ expertId }) =>
        expertId === null ? { code: 'out_of_order', message: 'no expert is assigned' } : null,
    }),
    confirmAtBedside: confirmAt('bedside', ['as:sonographer', 'box']),
    confirmFarEnd: confirmAt('farEnd', ['as:expert']),
    /** The order was for the other side, or goes on there. */
    changeSide: step({
      from: ['identifying', 'examining'],
      to: ['identifying'],
      by: [...BOTH_ENDS, 'requester'],
      input: sideInput,
      guard: ({ order }, { laterality }) => {
        const problem = studyProblem({ ...order, laterality });
        return problem ? { code: 'invalid_message', message: problem } : null;
      },
      apply: (data, { laterality }, { atMs }) =>
        identify(data, (before) => ({ ...withdrawn(before, atMs), laterality })),
    }),
    reidentify: step({
      from: ['frozen'],
      to: ['identifying'],
      by: BOTH_ENDS,
      input: reidentifyInput,
      apply: (data, { earlierPictures }, { atMs }) =>
        identify(data, (before) => reidentified(before, earlierPictures, atMs)),
    }),
    /** It was another patient all along: everything stays on record, and nothing of it is this patient's. */
    voidOrder: step({
      from: ['frozen'],
      to: ['voided'],
      by: BOTH_ENDS,
      input: because,
      apply: (data, { reason }, { atMs }) => ({
        ...identify(data, (before) => ({
          ...reidentified(before, 'void', atMs),
          mismatch: before.mismatch,
        })),
        ended: reason,
      }),
    }),
    boxLost: step({
      from: ['ready', 'identifying', 'examining'],
      to: ['prepared'],
      by: [...BOTH_ENDS, 'box'],
      input: because,
      apply: (data, _, { atMs }) => withoutBox(data, atMs),
    }),
    addFindings: step({
      from: ['examining', 'drafting'],
      to: 'same',
      by: BOTH_ENDS,
      input: findingsInput,
      guard: ({ findings }) =>
        findings.length >= 100 ? { code: 'conflict', message: 'a hundred findings are enough' } : null,
      apply: (data, { text }, { accountId, atMs }) => ({
        ...data,
        findings: [...data.findings, { text, by: accountId, atMs }],
      }),
    }),
    finish: step({
      from: ['examining'],
      to: ['drafting'],
      by: BOTH_ENDS,
      input: nothing,
      apply: (data, _, { atMs }) => identify(data, (before) => withdrawn(before, atMs)),
    }),
    report: step({
      from: ['drafting'],
      to: ['reported'],
      by: ['as:expert'],
      input: nothing,
      apply: (data, _, { accountId }) => ({ ...data, reportedBy: accountId }),
    }),
    acknowledge: step({
      from: ['reported'],
      to: ['closed'],
      by: ['requester', 'as:sonographer', 'home:rural_doctor'],
      input: nothing,
    }),
    cancel: ending(WAITING, 'cancelled', ['requester', ...EXAMINERS]),
    noShow: ending(['ordered', 'scheduled'], 'no_show', EXAMINERS),
    /** The local team acts, and a consult stands before the dispatchers. What was seen is reported all the same. */
    emergency: step({
      from: [...WAITING, ...IN_ROOM, 'drafting'],
      to: ['became_consult', 'drafting'],
      by: [...EXAMINERS, ...BOTH_ENDS, 'box'],
      input: because,
      next: (_, __, { from }) => (from === 'drafting' ? 'drafting' : 'became_consult'),
      apply: (data, { reason }, { from, atMs }) => (from === 'drafting' ? data : endedBy(data, reason, atMs)),
    }),
  },
};

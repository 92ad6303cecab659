import type { Clinic } from '../../src/lib/clinic/index.ts';
import type { CaseKind } from '../../src/lib/signaling/contract/index.ts';
import { HOSPITALS, staff } from './staff.ts';

/** Some of what is in the tables, to ask for. */
export interface Sample {
  /** Of hospital 0, by kind; over, and under way. */
  over: Readonly<Record<CaseKind, readonly string[]>>;
  open: Readonly<Record<CaseKind, readonly string[]>>;
  patients: readonly { id: string; name: string; pinyin: string; initials: string; phone: string }[];
  nowMs: number;
}

/** One call, with other arguments each turn. */
type Ask = (clinic: Clinic, sample: Sample, turn: number) => Promise<unknown>;

/** Dotted names of everything of a service that answers with a list. */
type ListsOf<Service> = {
  [Name in keyof Service & string]: Service[Name] extends (...args: never[]) => infer Answer
    ? Answer extends Promise<readonly unknown[]>
      ? Name
      : never
    : `${Name}.${ListsOf<Service[Name]>}`;
}[keyof Service & string];

/** What answers with a list and lists nothing: ids of what was made, findings, a query by itself. */
type NoLists =
  | 'time.slots.publish'
  | 'questionnaires.save'
  | 'people.search.queryFor'
  | 'exams.query'
  | 'diagnosisCentre.worklist.query';

/** What pages list in another form, or ask beside every list. */
type OtherLists =
  | 'home'
  | 'outpatient.queue'
  | 'people.lookAlikes.list'
  | 'people.casePatients.ofCases'
  | 'reminders.notifications.unreadCount'
  | 'time.calendar.view'
  | 'time.feeds.read';

/** A service that lists something more does not compile until it is measured, too. */
type Listing = Exclude<ListsOf<Clinic>, NoLists> | OtherLists;

function pick<T>(values: readonly T[], turn: number): T {
  const value = values[turn % values.length];
  if (value === undefined) throw new RangeError('nothing to ask for');
  return value;
}

const doctor = (turn: number) => staff('rural_doctor', 0, turn);
const specialist = (turn: number) => staff('specialist', turn % 4, turn);
const dispatcher = (turn: number) => staff('dispatcher', turn % HOSPITALS, turn);
const administrator = (turn: number) => staff('administrator', turn % HOSPITALS);
const nurse = (turn: number) => staff('nurse', 0, turn);

const DAY_MS = 24 * 3_600_000;
const KINDS = ['consult', 'outpatient', 'exam', 'surgery', 'reading'] as const;
/** Some day of the three years. */
const dayOf = ({ nowMs }: Sample, turn: number): string =>
  new Date(nowMs - (turn % 2 === 0 ? turn * 30 : -turn % 14) * DAY_MS).toISOString().slice(0, 10);
const overOf = (kind: CaseKind) => (sample: Sample, turn: number) => pick(sample.over[kind], turn);
const over = (sample: Sample, turn: number) => overOf(pick(KINDS, turn))(sample, turn);

/** The same page after page: each turn is one further back. */
const backwards =
  (who: (turn: number) => ReturnType<typeof staff>, kind: CaseKind): Ask =>
  async ({ cases }, { nowMs }, turn) =>
    cases.list(who(turn), {
      kind,
      closed: true,
      before: { updatedAtMs: nowMs - turn * 30 * DAY_MS, caseId: 'zzzz' },
    });

export const LISTINGS: Readonly<Record<Listing, Readonly<Record<string, Ask>>>> = {
  home: {
    'of a doctor': (clinic, _, turn) => clinic.home(doctor(turn)),
    'of a specialist': (clinic, _, turn) => clinic.home(specialist(turn)),
    'of a dispatcher': (clinic, _, turn) => clinic.home(dispatcher(turn)),
    'of a nurse': (clinic, _, turn) => clinic.home(nurse(turn)),
  },
  'consults.board': { '': ({ consults }, _, turn) => consults.board(dispatcher(turn)) },
  'consults.candidates': {
    'of any specialty': ({ consults }, _, turn) => consults.candidates(dispatcher(turn), { specialty: null }),
    'of one': ({ consults }, _, turn) =>
      consults.candidates(dispatcher(turn), { specialty: turn % 2 === 0 ? 'cardiology' : 'radiology' }),
  },
  'exams.list': { '': ({ exams }, _, turn) => exams.list(staff('sonographer', turn % HOSPITALS)) },
  'diagnosisCentre.worklist.list': {
    '': ({ diagnosisCentre }, _, turn) =>
      diagnosisCentre.worklist.list(staff('specialist', turn % HOSPITALS)),
  },
  'diagnosisCentre.models.list': {
    '': ({ diagnosisCentre }, _, turn) => diagnosisCentre.models.list(administrator(turn)),
  },
  'diagnosisCentre.suggestions.list': {
    '': ({ diagnosisCentre }, sample, turn) =>
      diagnosisCentre.suggestions.list(doctor(turn), overOf('reading')(sample, turn)),
  },
  'outpatient.queue': {
    '': ({ outpatient }, _, turn) => outpatient.queue(nurse(turn), doctor(turn).accountId),
  },
  'cases.list': {
    'open, of a hospital': ({ cases }, _, turn) => cases.list(doctor(turn), { kind: pick(KINDS, turn) }),
    'open, of all': ({ cases }, _, turn) => cases.list(dispatcher(turn), { kind: pick(KINDS, turn) }),
    'open, of one doctor': ({ cases }, _, turn) =>
      cases.list(doctor(turn), { kind: 'outpatient', takingPart: true, limit: 100 }),
    'over, of a hospital': ({ cases }, _, turn) =>
      cases.list(doctor(turn), { kind: pick(KINDS, turn), closed: true }),
    'over, of a small hospital': ({ cases }, _, turn) =>
      cases.list(staff('rural_doctor', 1 + (turn % 19), turn), { kind: pick(KINDS, turn), closed: true }),
    'over, of all': ({ cases }, _, turn) =>
      cases.list(dispatcher(turn), { kind: pick(KINDS, turn), closed: true }),
    'over, of a specialist': ({ cases }, _, turn) =>
      cases.list(specialist(turn), { kind: turn % 2 === 0 ? 'consult' : 'exam', closed: true }),
    'over, of whoever has none': ({ cases }, _, turn) =>
      cases.list(staff('pharmacist', turn % HOSPITALS), { kind: 'consult', closed: true }),
    'no-shows of one doctor': ({ cases }, { nowMs }, turn) =>
      cases.list(doctor(turn), {
        kind: 'outpatient',
        states: ['no_show'],
        closed: true,
        sinceMs: nowMs - DAY_MS,
        takingPart: true,
        limit: 20,
      }),
    'further back, of a hospital': backwards(doctor, 'outpatient'),
    'further back, of all': backwards(dispatcher, 'consult'),
    'further back, of a specialist': backwards(specialist, 'consult'),
    'of a patient': ({ cases }, { patients }, turn) =>
      cases.list(doctor(turn), {
        kind: pick(KINDS, turn),
        closed: turn % 2 === 0,
        patientId: pick(patients, turn).id,
      }),
    'for the pharmacy': ({ cases }, _, turn) =>
      cases.list(staff('pharmacist', turn % HOSPITALS), {
        kind: 'outpatient',
        states: ['pharmacy'],
        limit: 100,
      }),
  },
  'cases.history': { '': ({ cases }, sample, turn) => cases.history(dispatcher(turn), over(sample, turn)) },
  'documents.list': {
    '': ({ documents }, sample, turn) => documents.list(dispatcher(turn), over(sample, turn)),
  },
  'attachments.list': {
    '': ({ attachments }, sample, turn) => attachments.list(dispatcher(turn), over(sample, turn)),
  },
  'people.patients.recent': {
    '': ({ people }, _, turn) => people.patients.recent(doctor(turn)),
    'further back': ({ people }, { patients }, turn) =>
      people.patients.recent(staff('nurse', turn % HOSPITALS), {
        before: {
          updatedAtMs: Date.parse('2026-01-01') + turn * 2_500_000,
          patientId: pick(patients, turn).id,
        },
      }),
  },
  'people.search.find': {
    'by name': ({ people }, { patients }, turn) =>
      people.search.find(doctor(turn), pick(patients, turn).name.slice(0, 1 + (turn % 3))),
    'by pinyin': ({ people }, { patients }, turn) =>
      people.search.find(doctor(turn), pick(patients, turn).pinyin.slice(0, 1 + (turn % 9))),
    'by initials': ({ people }, { patients }, turn) =>
      people.search.find(doctor(turn), pick(patients, turn).initials),
    'by phone': ({ people }, { patients }, turn) =>
      people.search.find(doctor(turn), pick(patients, turn).phone.slice(turn % 2 === 0 ? 0 : -4)),
  },
  'people.lookAlikes.of': {
    '': ({ people }, { patients }, turn) => people.lookAlikes.of(doctor(turn), pick(patients, turn).id),
  },
  'people.lookAlikes.ofNew': {
    '': ({ people }, { patients }, turn) => {
      const { name, phone } = pick(patients, turn);
      return people.lookAlikes.ofNew(doctor(turn), { name, phone, birthDate: '1963-04-11', sex: 'female' });
    },
  },
  'people.lookAlikes.list': {
    '': ({ people }, { patients }, turn) =>
      people.lookAlikes.list(doctor(turn), {
        before: {
          updatedAtMs: Date.parse('2026-01-01') + turn * 3_000_000,
          patientId: pick(patients, turn).id,
        },
      }),
  },
  'people.merges.list': {
    '': ({ people }, { patients }, turn) => people.merges.list(doctor(turn), pick(patients, turn).id),
  },
  'people.casePatients.ofCases': {
    '': ({ people }, { open }, turn) =>
      people.casePatients.ofCases(dispatcher(turn), open.outpatient.slice(turn, turn + 100)),
  },
  'people.practitioners.find': {
    '': ({ people }, _, turn) =>
      people.practitioners.find(doctor(turn), turn % 2 === 0 ? { text: 'li' } : {}),
  },
  'people.practitioners.colleagues': {
    '': ({ people }, _, turn) => people.practitioners.colleagues(administrator(turn)),
  },
  'people.departments.list': { '': ({ people }, _, turn) => people.departments.list(administrator(turn)) },
  'questionnaires.list': { '': ({ questionnaires }, _, turn) => questionnaires.list(administrator(turn)) },
  'reminders.notifications.list': {
    '': ({ reminders }, _, turn) => reminders.notifications.list(doctor(turn)),
    unread: ({ reminders }, _, turn) => reminders.notifications.list(specialist(turn), { unread: true }),
    'further back': ({ reminders }, { nowMs }, turn) =>
      reminders.notifications.list(doctor(turn), {
        before: { createdAtMs: nowMs - turn * DAY_MS, notificationId: 'zzzz' },
      }),
  },
  'reminders.notifications.unreadCount': {
    '': ({ reminders }, _, turn) => reminders.notifications.unreadCount(doctor(turn)),
  },
  'reminders.followUps.ofCase': {
    '': ({ reminders }, sample, turn) =>
      reminders.followUps.ofCase(dispatcher(turn), overOf('outpatient')(sample, turn)),
  },
  'reminders.followUps.overdue': {
    'of a hospital': ({ reminders }, _, turn) =>
      reminders.followUps.overdue(staff('nurse', turn % HOSPITALS)),
    'of a specialist': ({ reminders }, _, turn) => reminders.followUps.overdue(specialist(turn)),
    'of all': ({ reminders }, _, turn) => reminders.followUps.overdue(dispatcher(turn)),
  },
  'reminders.webhooks.list': { '': ({ reminders }, _, turn) => reminders.webhooks.list(administrator(turn)) },
  'time.calendar.view': {
    'a week': ({ time }, sample, turn) =>
      time.calendar.view(doctor(turn), { view: 'week', day: dayOf(sample, turn), zone: 'Asia/Shanghai' }),
    'a week of a specialist': ({ time }, sample, turn) =>
      time.calendar.view(specialist(turn), { view: 'week', day: dayOf(sample, turn), zone: 'Asia/Shanghai' }),
    'a day': ({ time }, sample, turn) =>
      time.calendar.view(doctor(turn), { view: 'day', day: dayOf(sample, turn), zone: 'Asia/Shanghai' }),
  },
  'time.calendar.colleagues': { '': ({ time }, _, turn) => time.calendar.colleagues(dispatcher(turn)) },
  'time.slots.free': {
    'of visits': ({ time }, { nowMs }, turn) =>
      time.slots.free({ service: 'outpatient', fromMs: nowMs + turn * 1000, toMs: nowMs + 14 * DAY_MS }),
    'of one specialist': ({ time }, { nowMs }, turn) =>
      time.slots.free({
        service: 'consult',
        accountId: specialist(turn).accountId,
        fromMs: nowMs,
        toMs: nowMs + 14 * DAY_MS,
      }),
  },
  'time.feeds.read': {
    'of a doctor': async ({ time }, _, turn) => time.feeds.read(await time.feeds.renew(doctor(turn))),
    'of a specialist': async ({ time }, _, turn) => time.feeds.read(await time.feeds.renew(specialist(turn))),
  },
};

import type { Logger } from 'pino';
import type { Bus } from '../signaling/bus/index.ts';
import type { RoomDirectory } from '../rooms/index.ts';
import type { Database } from '../storage/index.ts';
import type { AccountPrincipal, CaseLinks } from '../identity/index.ts';
import { Attachments } from './attachments/attachments.ts';
import { Cases } from './cases/cases.ts';
import { CaseClock } from './cases/clock.ts';
import type { Effects, Knowledge } from './cases/effects.ts';
import { CaseNews } from './cases/news.ts';
import { consultEffects, consultKnowledge } from './consult/consult-effects.ts';
import { Consults } from './consult/consults.ts';
import { liveRooms, type OpenRooms } from './consult/live-rooms.ts';
import { Documents } from './documents/documents.ts';
import { examEffects } from './exam/exam-effects.ts';
import { ExamWorklist } from './exam/exam-worklist.ts';
import { EXAM_KNOWLEDGE } from './exam/person.ts';
import { whatNeedsMe, type Home } from './home/what-needs-me.ts';
import { WORKFLOWS } from './model/index.ts';
import { Outpatient, outpatientEffects, outpatientKnowledge, QueueBoard } from './outpatient/index.ts';
import { People } from './people/index.ts';
import { Reminders, type ReminderSettings } from './reminders/index.ts';
import { planForCase } from './reminders/plan.ts';
import { DiagnosisCentre } from './reading/diagnosis-centre.ts';
import { READING_EFFECTS } from './reading/reading-effects.ts';
import { CasesBehindRooms } from './rooms/cases-behind-rooms.ts';
import { RecordStandings } from './rooms/record-standing.ts';
import { surgeryEffects } from './surgery/surgery-effects.ts';
import { Questionnaires } from './questionnaires/index.ts';
import { Time } from './time/index.ts';

export interface ClinicParts {
  db: Database;
  bus: Bus;
  directory: RoomDirectory;
  /** Those that are open somewhere. */
  rooms: OpenRooms;
  log: Logger;
  /** Of the hub's identity: what lets patients' phones into cases. */
  caseLinks: CaseLinks;
  /** The setting PATIENT_ID_KEY, or what the hub made itself. */
  patientIdKey: string;
  /** How people outside the hub are told; by default nobody is. */
  outside?: ReminderSettings;
  /** Hub time in ms. */
  now?: () => number;
}

const NOBODY_OUTSIDE: ReminderSettings = {
  mail: null,
  sms: null,
  allowPrivateWebhooks: false,
  zone: 'Asia/Shanghai',
};

/** The case around the meeting: people, requests, schedules, queues, reports. Found by pages as `locals.hub.clinic`. */
export class Clinic {
  readonly cases: Cases;
  /** Patients, practitioners, departments. */
  readonly people: People;
  /** The dispatcher's board, and who could be asked. */
  readonly consults: Consults;
  /** Queue, links and payment of visits. */
  readonly outpatient: Outpatient;
  /** What a clinic asks its patients. */
  readonly questionnaires: Questionnaires;
  readonly documents: Documents;
  readonly attachments: Attachments;
  /** Moves what nobody acted on in time. */
  readonly clock: CaseClock;
  /** What stands before an institution's examiners. */
  readonly exams: ExamWorklist;
  /** The work list over all institutions, and the models that make suggestions to it. */
  readonly diagnosisCentre: DiagnosisCentre;
  /** Slots and calendars. */
  readonly time: Time;
  /** What people are told without asking; follow-ups. */
  readonly reminders: Reminders;
  /** What the rooms of cases ask and tell. */
  readonly behindRooms: CasesBehindRooms;
  /** Whose the record of a room is. */
  readonly recordStandings: RecordStandings;
  readonly #home: (person: AccountPrincipal) => Promise<Home>;

  constructor({
    db,
    bus,
    directory,
    rooms: openRooms,
    log,
    caseLinks,
    patientIdKey,
    outside = NOBODY_OUTSIDE,
    now = Date.now,
  }: ClinicParts) {
    const rooms = liveRooms({ rooms: openRooms, bus, directory, log });
    const board = new QueueBoard(db, bus, now);
    const effects: Effects = {
      ...consultEffects(rooms),
      ...outpatientEffects({ cases: () => this.cases, board, rooms, links: caseLinks }),
      ...examEffects(rooms, () => this.cases),
      ...surgeryEffects(rooms),
      ...READING_EFFECTS,
    };
    const knowledge: Knowledge = { ...consultKnowledge, ...outpatientKnowledge(now), ...EXAM_KNOWLEDGE };
    const news = new CaseNews(db, bus, WORKFLOWS);
    this.cases = new Cases({
      db,
      workflows: WORKFLOWS,
      effects,
      knowledge,
      news,
      planTime: planForCase,
      roomStands: (roomId) => rooms.stands(roomId),
      now,
    });
    this.behindRooms = new CasesBehindRooms(db, this.cases);
    this.recordStandings = new RecordStandings(db, this.cases);
    this.consults = new Consults({ db, now });
    this.outpatient = new Outpatient({ db, cases: this.cases, board, links: caseLinks, now });
    this.questionnaires = new Questionnaires(db, now);
    this.documents = new Documents({ db, bus, cases: this.cases, now });
    this.attachments = new Attachments({ db, cases: this.cases, news, now });
    this.exams = new ExamWorklist(db, now);
    this.diagnosisCentre = new DiagnosisCentre({ db, cases: this.cases, news, now });
    this.clock = new CaseClock({ db, cases: this.cases, workflows: WORKFLOWS, log, now });
    this.#home = (person) => whatNeedsMe(db, WORKFLOWS, person, now());
    this.time = new Time({ db, cases: this.cases, now });
    this.reminders = new Reminders({
      db,
      bus,
      log,
      cases: this.cases,
      workflows: WORKFLOWS,
      settings: outside,
      now,
    });
    this.people = new People({ db, workflows: WORKFLOWS, patientIdKey, now });
  }

  /** What needs this person now, what comes next, what waits on others: of every kind of case. */
  home(person: AccountPrincipal): Promise<Home> {
    return this.#home(person);
  }

  /** From now on things happen by themselves, as time goes by. */
  start(): void {
    this.clock.start();
    this.reminders.start();
  }

  /** Stops what runs by itself. */
  async close(): Promise<void> {
    await Promise.all([this.clock.close(), this.reminders.close()]);
  }
}

import type { Logger } from 'pino';
import type { AccountPrincipal } from '../identity/index.ts';
import type { Bus } from '../signaling/bus/index.ts';
import type { RoomDirectory } from '../rooms/index.ts';
import type { Database } from '../storage/index.ts';
import { Attachments } from './attachments/attachments.ts';
import { Cases } from './cases/cases.ts';
import { CaseClock } from './cases/clock.ts';
import type { Effects, Knowledge } from './cases/effects.ts';
import { CaseNews } from './cases/news.ts';
import { consultEffects, consultKnowledge } from './consult/consult-effects.ts';
import { Consults } from './consult/consults.ts';
import { liveRooms } from './consult/live-rooms.ts';
import { Documents } from './documents/documents.ts';
import { whatNeedsMe, type Home } from './home/what-needs-me.ts';
import { WORKFLOWS } from './model/index.ts';
import { People } from './people/index.ts';

export interface ClinicParts {
  db: Database;
  bus: Bus;
  directory: RoomDirectory;
  log: Logger;
  /** The setting PATIENT_ID_KEY, or what the hub made itself. */
  patientIdKey: string;
  /** Hub time in ms. */
  now?: () => number;
}

/** The case around the meeting: people, requests, schedules, queues, reports. Found by pages as `locals.hub.clinic`. */
export class Clinic {
  readonly cases: Cases;
  /** Patients, practitioners, departments. */
  readonly people: People;
  /** The dispatcher's board, and who could be asked. */
  readonly consults: Consults;
  readonly documents: Documents;
  readonly attachments: Attachments;
  /** Moves what nobody acted on in time. */
  readonly clock: CaseClock;
  readonly #home: (person: AccountPrincipal) => Promise<Home>;

  constructor({ db, bus, directory, log, patientIdKey, now = Date.now }: ClinicParts) {
    const effects: Effects = { ...consultEffects(liveRooms(bus, directory)) };
    const knowledge: Knowledge = { ...consultKnowledge };
    const news = new CaseNews(db, bus, WORKFLOWS);
    this.cases = new Cases({ db, workflows: WORKFLOWS, effects, knowledge, news, now });
    this.consults = new Consults({ db, now });
    this.documents = new Documents({ db, bus, cases: this.cases, now });
    this.attachments = new Attachments({ db, cases: this.cases, news, now });
    this.clock = new CaseClock({ db, cases: this.cases, workflows: WORKFLOWS, log, now });
    this.#home = (person) => whatNeedsMe(db, WORKFLOWS, person, now());
    this.people = new People({ db, workflows: WORKFLOWS, patientIdKey, now });
  }

  /** What needs this person now, what comes next, what waits on others: of every kind of case. */
  home(person: AccountPrincipal): Promise<Home> {
    return this.#home(person);
  }

  /** From now on things happen by themselves, as time goes by. */
  start(): void {
    this.clock.start();
  }

  /** Stops what runs by itself. */
  async close(): Promise<void> {
    await this.clock.close();
  }
}

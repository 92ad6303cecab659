import type { Logger } from 'pino';
import type { Bus } from '../signaling/bus/index.ts';
import type { RoomDirectory } from '../rooms/index.ts';
import type { Database } from '../storage/index.ts';
import { Cases } from './cases/cases.ts';
import type { Effects } from './cases/effects.ts';
import { CaseNews } from './cases/news.ts';
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

  constructor({ db, bus, patientIdKey, now = Date.now }: ClinicParts) {
    const effects: Effects = {};
    this.cases = new Cases({
      db,
      workflows: WORKFLOWS,
      effects,
      news: new CaseNews(db, bus, WORKFLOWS),
      now,
    });
    this.people = new People({ db, workflows: WORKFLOWS, patientIdKey, now });
  }

  /** Stops what runs by itself. */
  close(): void {
    // Nothing runs by itself yet.
  }
}

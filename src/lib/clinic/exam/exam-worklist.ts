import { eq } from 'drizzle-orm';
import type { AccountPrincipal } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import { clinicalCase, type Database } from '../../storage/index.ts';
import { byPriority, worklist, type WorklistRow } from '../cases/worklist.ts';
import type { ExamData } from '../model/workflows/exam.ts';

export interface ExamWorklistRow extends Omit<WorklistRow, 'data'> {
  data: ExamData;
}

/** What stands before the examination room, or is in it. */
const STATES = ['ordered', 'scheduled', 'prepared', 'ready', 'identifying', 'frozen', 'examining'];
const EXAMINERS = ['sonographer', 'rural_doctor', 'nurse'] as const;

/** The examiner's list at one institution. */
export class ExamWorklist {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** Of the own institution; up to 200. @throws {HubError} forbidden */
  async list(person: AccountPrincipal): Promise<ExamWorklistRow[]> {
    if (!EXAMINERS.some((role) => person.roles.includes(role))) throw new HubError('forbidden');
    const rows = await worklist(this.query(person.institutionId), this.#now());
    return rows as ExamWorklistRow[];
  }

  query(institutionId: string): ReturnType<typeof byPriority> {
    const where = eq(clinicalCase.institutionId, institutionId);
    return byPriority(this.#db, { kind: 'exam', states: STATES, where });
  }
}

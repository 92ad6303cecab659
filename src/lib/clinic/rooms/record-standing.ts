import { and, asc, eq, gte, inArray, lte, sql } from 'drizzle-orm';
import type { AccountPrincipal } from '../../identity/index.ts';
import { isHubError } from '../../signaling/contract/index.ts';
import { caseEvent, clinicalCase, room, type Database } from '../../storage/index.ts';
import type { StandingAt } from '../../records/index.ts';
import { caseOfRoom } from '../cases/case-room.ts';
import type { Cases } from '../cases/cases.ts';
import type { CaseRow } from '../cases/effects.ts';
import { standingAt } from '../model/exam/identification.ts';
import { WORKFLOWS } from '../model/index.ts';
import type { ExamData } from '../model/workflows/exam.ts';

/** How what boxes took for a room stands, for one person. */
export interface RecordStanding {
  standingAt: StandingAt;
  /** May decide whose it is, and so sees what is not, or not surely, the patient's. */
  mayReassign: boolean;
}

/** A room without a case: nobody has ever doubted whose it is. */
const ALL_COUNTS: RecordStanding = { standingAt: () => 'counted', mayReassign: false };

/** Hub and database write the moment of a room's making each by its own clock. */
const CLOCKS_APART_MS = 60_000;

/** Whose the record of a room is: by the case behind it, and what was said in it of the patient's identity. */
export class RecordStandings {
  readonly #db: Database;
  readonly #cases: Pick<Cases, 'look'>;

  constructor(db: Database, cases: Pick<Cases, 'look'>) {
    this.#db = db;
    this.#cases = cases;
  }

  /** That the person may read the record at all is checked by whoever asks. */
  async ofRoom(person: AccountPrincipal, roomId: string): Promise<RecordStanding> {
    const row = (await caseOfRoom(this.#db, roomId)) ?? (await this.#formerlyOf(roomId));
    if (!row) return ALL_COUNTS;
    return {
      standingAt: await this.#standingIn(row),
      mayReassign: await this.#mayReassign(person, row),
    };
  }

  async #standingIn(row: CaseRow): Promise<StandingAt> {
    if (row.kind === 'exam') {
      const { identification } = row.data as ExamData;
      return (takenAtMs) => standingAt(identification, takenAtMs);
    }
    return standingByEvents(await this.#identityEvents(row.id));
  }

  #identityEvents(caseId: string): Promise<IdentityEvent[]> {
    return this.#db
      .select({ type: caseEvent.type, at: caseEvent.at, data: caseEvent.data })
      .from(caseEvent)
      .where(and(eq(caseEvent.caseId, caseId), inArray(caseEvent.type, ['wrongPatient', 'reidentify'])))
      .orderBy(asc(caseEvent.seq))
      .then((rows) => rows.map(({ at, ...event }) => ({ ...event, atMs: at.getTime() })));
  }

  /** Those whom the workflow lets settle who the patient is, in whatever state the case is. */
  async #mayReassign(person: AccountPrincipal, row: CaseRow): Promise<boolean> {
    const by = WORKFLOWS[row.kind].actions['reidentify']?.by ?? [];
    try {
      const { actors } = await this.#cases.look(person, row.id);
      return by.some((actor) => actors.has(actor));
    } catch (error) {
      if (isHubError(error) && error.code === 'not_found') return false;
      throw error;
    }
  }

  /** A case that was given another room, because this one had been the wrong patient's, names only the latest. */
  async #formerlyOf(roomId: string): Promise<CaseRow | null> {
    const [made] = await this.#db.select({ at: room.createdAt }).from(room).where(eq(room.id, roomId));
    if (!made) return null;
    const near = (ms: number): Date => new Date(made.at.getTime() + ms);
    const [found] = await this.#db
      .select({ row: clinicalCase })
      .from(caseEvent)
      .innerJoin(clinicalCase, eq(clinicalCase.id, caseEvent.caseId))
      .where(
        and(
          gte(caseEvent.at, near(-CLOCKS_APART_MS)),
          lte(caseEvent.at, near(CLOCKS_APART_MS)),
          sql`${caseEvent.data} ->> 'roomId' = ${roomId}`,
        ),
      )
      .limit(1);
    return found?.row ?? null;
  }
}

interface IdentityEvent {
  type: string;
  atMs: number;
  data: unknown;
}

/**
 * Where both ends do not confirm each picture: what was taken before the wrong patient was noticed is in doubt, and stays so unless it was only the
 * record that was another's; what is taken once somebody has said who it really is counts. Pure.
 */
export function standingByEvents(events: readonly IdentityEvent[]): StandingAt {
  return (takenAtMs) => {
    const settled = events.find(({ type, atMs }) => type === 'reidentify' && atMs > takenAtMs);
    if (settled) return isSamePerson(settled) ? 'counted' : 'quarantined';
    return events.at(-1)?.type === 'wrongPatient' ? 'quarantined' : 'counted';
  };
}

/** Whoever gave the consent is who lies there: nobody else lay there before. */
const isSamePerson = ({ data }: IdentityEvent): boolean =>
  (data as { consentStands?: unknown }).consentStands === true;

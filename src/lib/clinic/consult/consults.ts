import { aliasedTable, and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { AccountPrincipal } from '../../identity/index.ts';
import { HubError, type Specialty, type Urgency } from '../../signaling/contract/index.ts';
import { account, clinicalCase, institution, patient, type Database } from '../../storage/index.ts';
import { boardColumnOf, BOARD_STATES, type BoardColumn } from '../model/consult/board-columns.ts';
import type { ConsultData } from '../model/consult/consult-data.ts';
import { maskName } from '../model/mask.ts';
import { SharedReads } from '../shared-reads.ts';
import { candidatesFor, type Candidate, type CandidateWish } from './candidates.ts';

export interface BoardCard {
  caseId: string;
  column: BoardColumn;
  state: string;
  urgency: Urgency;
  maskedName: string;
  institutionName: string;
  specialty: Specialty | null;
  /** What became this consult. */
  linkedCaseId: string | null;
  requestedByName: string | null;
  dispatcher: ConsultData['dispatcher'];
  specialistId: string | null;
  specialistName: string | null;
  dueAtMs: number | null;
  /** How often nobody acted in time. */
  escalations: number;
  scheduledAtMs: number | null;
  updatedAtMs: number;
  version: number;
}

/** Ours: no dispatcher looks after more; what lies beyond has the latest clock. */
const MOST_CARDS = 500;

/** What the people around consults look at, beside the single case. */
export class Consults {
  readonly #db: Database;
  readonly #now: () => number;
  /** The same for every dispatcher, and all of them ask whenever something has changed. */
  readonly #cards = new SharedReads((_: 'all') => this.#readCards());

  constructor({ db, now = Date.now }: { db: Database; now?: () => number }) {
    this.#db = db;
    this.#now = now;
  }

  /** Every consult under way, whose clock runs out first on top. @throws {HubError} forbidden */
  async board(person: AccountPrincipal): Promise<BoardCard[]> {
    dispatchersOnly(person);
    return this.#cards.ask('all');
  }

  async #readCards(): Promise<BoardCard[]> {
    const requester = aliasedTable(account, 'requester');
    const specialist = aliasedTable(account, 'specialist');
    const data = clinicalCase.data;
    // Of the data only what a card shows: a summary is long, and no card's business.
    const rows = await this.#db
      .select({
        caseId: clinicalCase.id,
        state: clinicalCase.state,
        urgency: clinicalCase.urgency,
        patientName: patient.name,
        institutionName: institution.name,
        specialty: sql<Specialty | null>`${data} #>> '{request,specialty}'`,
        linkedCaseId: sql<string | null>`${data} ->> 'linkedCaseId'`,
        requestedByName: requester.displayName,
        dispatcher: sql<ConsultData['dispatcher']>`${data} -> 'dispatcher'`,
        specialistId: specialist.id,
        specialistName: specialist.displayName,
        dueAt: clinicalCase.dueAt,
        escalations: sql<number>`(${data} ->> 'escalations')::int`,
        scheduledAt: clinicalCase.scheduledAt,
        updatedAt: clinicalCase.updatedAt,
        version: clinicalCase.version,
      })
      .from(clinicalCase)
      .innerJoin(patient, eq(patient.id, clinicalCase.patientId))
      .innerJoin(institution, eq(institution.id, clinicalCase.institutionId))
      .leftJoin(requester, eq(requester.id, clinicalCase.requestedBy))
      .leftJoin(specialist, eq(specialist.id, sql`${data} ->> 'specialistId'`))
      .where(
        and(
          eq(clinicalCase.kind, 'consult'),
          isNull(clinicalCase.closedAt),
          sql`${clinicalCase.state} = ANY(${sql.param([...BOARD_STATES])}::text[])`,
        ),
      )
      .orderBy(sql`${clinicalCase.dueAt} ASC NULLS LAST`, asc(clinicalCase.id))
      .limit(MOST_CARDS);
    return rows.flatMap(({ patientName, dueAt, scheduledAt, updatedAt, ...card }) => {
      const column = boardColumnOf(card.state);
      if (!column) return [];
      return {
        ...card,
        column,
        maskedName: maskName(patientName),
        dueAtMs: dueAt?.getTime() ?? null,
        scheduledAtMs: scheduledAt?.getTime() ?? null,
        updatedAtMs: updatedAt.getTime(),
      };
    });
  }

  /** Who could be asked, who is free first on top. @throws {HubError} forbidden */
  async candidates(person: AccountPrincipal, wish: CandidateWish): Promise<Candidate[]> {
    dispatchersOnly(person);
    return candidatesFor(this.#db, wish, this.#now());
  }
}

function dispatchersOnly({ roles }: AccountPrincipal): void {
  if (!roles.includes('dispatcher')) throw new HubError('forbidden');
}

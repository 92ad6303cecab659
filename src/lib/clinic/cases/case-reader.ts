import { and, asc, desc, eq, gte, inArray, isNotNull, isNull, sql, type SQL } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { AccountPrincipal, Principal } from '../../identity/index.ts';
import { HubError, isHubError, type CaseKind } from '../../signaling/contract/index.ts';
import { account, caseEvent, caseParticipant, clinicalCase, type Database } from '../../storage/index.ts';
import { possibleActions, type Workflow } from '../model/workflow.ts';
import { actorsOf, isAmongOwn, mayRead, tiesThatRead } from './access.ts';
import {
  viewOf,
  type CaseFilter,
  type CaseHappening,
  type CaseLook,
  type CaseView,
  type OpenedCase,
} from './case-view.ts';

const MOST_LISTED = 100;

/** Cases as those see them who may read them; to anybody else they are not there. */
export class CaseReader {
  readonly #db: Database;
  readonly #workflows: Readonly<Record<CaseKind, Workflow>>;

  constructor(db: Database, workflows: Readonly<Record<CaseKind, Workflow>>) {
    this.#db = db;
    this.#workflows = workflows;
  }

  /**
   * A patient's phone sees where the case stands, not what it holds: that may be a draft, or was written of somebody else before a mix-up came
   * out. What patients see of it is the affair of each kind's own service.
   * @throws {HubError} not_found, also for what is there but not this person's to know of
   */
  async get(principal: Principal, caseId: string): Promise<OpenedCase> {
    const look = await this.look(principal, caseId);
    const { participants } = look;
    const view = viewOf(look.row);
    const data = principal.kind === 'patient' ? {} : view.data;
    return { ...view, data, participants, actions: this.actionsIn(look) };
  }

  /** The steps that the person who looked could take now. */
  actionsIn({ row, actors }: Pick<CaseLook, 'row' | 'actors'>): string[] {
    return possibleActions(this.#workflows[row.kind], row.state, actors);
  }

  /**
   * For the services around a case: its row, and who the person is in it.
   * @throws {HubError} as `get`
   */
  async look(principal: Principal, caseId: string): Promise<CaseLook> {
    const [[row], participants] = await Promise.all([
      this.#db.select().from(clinicalCase).where(eq(clinicalCase.id, caseId)),
      this.#db
        .select({
          accountId: caseParticipant.accountId,
          name: account.displayName,
          function: caseParticipant.function,
        })
        .from(caseParticipant)
        .innerJoin(account, eq(account.id, caseParticipant.accountId))
        .where(eq(caseParticipant.caseId, caseId))
        .orderBy(asc(caseParticipant.addedAt)),
    ]);
    if (!row) throw new HubError('not_found', 'no such case');
    const own = principal.kind === 'account' ? principal.accountId : null;
    const functions = participants.filter(({ accountId }) => accountId === own).map((each) => each.function);
    const actors = actorsOf(principal, { ...row, functions });
    if (!mayRead(this.#workflows[row.kind], actors)) throw new HubError('not_found', 'no such case');
    return { row, participants, actors };
  }

  /** The case that a room belongs to; null when there is none, or none that this person may know of. */
  async ofRoom(principal: Principal, roomId: string): Promise<OpenedCase | null> {
    const [row] = await this.#db
      .select({ id: clinicalCase.id })
      .from(clinicalCase)
      .where(eq(clinicalCase.roomId, roomId));
    if (!row) return null;
    return this.get(principal, row.id).catch((error: unknown) => {
      if (isHubError(error) && error.code === 'not_found') return null;
      throw error;
    });
  }

  /** Everything that happened in it. @throws {HubError} not_found, forbidden (patients, for the same reason) */
  async history(principal: Principal, caseId: string): Promise<CaseHappening[]> {
    await this.look(principal, caseId);
    if (principal.kind === 'patient') throw new HubError('forbidden');
    const rows = await this.#db
      .select()
      .from(caseEvent)
      .where(eq(caseEvent.caseId, caseId))
      .orderBy(asc(caseEvent.seq));
    return rows.map(({ at, caseId: _, ...event }) => ({ ...event, atMs: at.getTime() }));
  }

  /** Cases of one kind that the person may read, the latest change first. */
  async list(person: AccountPrincipal, filter: CaseFilter): Promise<CaseView[]> {
    const ties = filter.takingPart
      ? ([isAmongOwn(this.#db, person)] as const) // Who takes part may read it, whatever the kind.
      : tiesThatRead(this.#db, this.#workflows[filter.kind], person);
    const limit = Math.min(filter.limit ?? 50, MOST_LISTED);
    // Of each tie the first few, by an index in this order; the first few of those are the first of all.
    const firstBy = (tie: SQL | undefined) =>
      this.#db
        .select({ id: clinicalCase.id })
        .from(clinicalCase)
        .where(and(tie, asked(filter)))
        .orderBy(...LATEST_FIRST)
        .limit(limit);
    const [one, another, ...more] = ties;
    const ids = another ? unionAll(firstBy(one), firstBy(another), ...more.map(firstBy)) : firstBy(one);
    const rows = await this.#db
      .select()
      .from(clinicalCase)
      .where(inArray(clinicalCase.id, ids))
      .orderBy(...LATEST_FIRST)
      .limit(limit);
    return rows.map(viewOf);
  }
}

const LATEST_FIRST = [desc(clinicalCase.updatedAt), desc(clinicalCase.id)] as const;

/** What is asked for, of all that somebody may read. */
function asked({ kind, states, closed = false, patientId, sinceMs, before }: CaseFilter): SQL | undefined {
  return and(
    eq(clinicalCase.kind, kind),
    closed ? isNotNull(clinicalCase.closedAt) : isNull(clinicalCase.closedAt),
    states && sql`${clinicalCase.state} = ANY(${sql.param([...states])}::text[])`,
    patientId === undefined ? undefined : eq(clinicalCase.patientId, patientId),
    sinceMs === undefined ? undefined : gte(clinicalCase.updatedAt, new Date(sinceMs)),
    before &&
      sql`(${clinicalCase.updatedAt}, ${clinicalCase.id}) < (${new Date(before.updatedAtMs)}, ${before.caseId})`,
  );
}

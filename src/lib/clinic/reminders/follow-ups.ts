import { and, asc, eq, isNull, lt, sql } from 'drizzle-orm';
import { newId, type AccountPrincipal } from '../../identity/index.ts';
import { HubError, paragraphSchema, type CaseKind } from '../../signaling/contract/index.ts';
import { clinicalCase, followUp, type Database, type Transaction } from '../../storage/index.ts';
import { readableBy } from '../cases/access.ts';
import type { Cases } from '../cases/cases.ts';
import { parseInput } from '../model/parse.ts';
import type { Workflow } from '../model/workflow.ts';
import { addReminders, dropReminders } from './plan.ts';
import { peopleOf } from './recipients.ts';

const MOST_LISTED = 200;

export interface FollowUpView {
  followUpId: string;
  caseId: string;
  service: CaseKind;
  text: string;
  dueAtMs: number;
  doneAtMs: number | null;
}

/**
 * Plans that something is done about a case later, and reminds everybody in it and the patient when it is due: that it is, not what. For
 * effects: on the step's transaction.
 * @throws {HubError} invalid_message, expired (due in the past), not_found
 */
export async function planFollowUp(
  tx: Transaction,
  { caseId, dueAtMs, text, nowMs }: { caseId: string; dueAtMs: number; text: string; nowMs: number },
): Promise<string> {
  if (dueAtMs <= nowMs) throw new HubError('expired', 'a follow-up is due in the future');
  const [of] = await tx
    .select({ kind: clinicalCase.kind })
    .from(clinicalCase)
    .where(eq(clinicalCase.id, caseId));
  if (!of) throw new HubError('not_found', 'no such case');
  const id = newId();
  await tx
    .insert(followUp)
    .values({ id, caseId, text: parseInput(paragraphSchema, text), dueAt: new Date(dueAtMs) });
  const data = {
    subjectId: id,
    service: of.kind,
    atMs: dueAtMs,
    endsAtMs: null,
    surname: null,
    sequence: 0,
  };
  await addReminders(tx, caseId, data, [{ kind: 'follow_up.due', dueAtMs, to: await peopleOf(tx, caseId) }]);
  return id;
}

/** What is to be done later about cases, as those see it who may read them. */
export class FollowUps {
  readonly #db: Database;
  readonly #cases: Cases;
  readonly #workflows: Readonly<Record<CaseKind, Workflow>>;
  readonly #now: () => number;

  constructor(parts: {
    db: Database;
    cases: Cases;
    workflows: Readonly<Record<CaseKind, Workflow>>;
    now: () => number;
  }) {
    this.#db = parts.db;
    this.#cases = parts.cases;
    this.#workflows = parts.workflows;
    this.#now = parts.now;
  }

  /** @throws {HubError} not_found */
  async ofCase(principal: AccountPrincipal, caseId: string): Promise<FollowUpView[]> {
    const { kind } = await this.#cases.get(principal, caseId);
    const rows = await this.#db
      .select()
      .from(followUp)
      .where(eq(followUp.caseId, caseId))
      .orderBy(asc(followUp.dueAt));
    return rows.map((row) => viewOf(row, kind));
  }

  /** Due and not done, of all cases that this person may read, the longest overdue first; at most 200. */
  async overdue(person: AccountPrincipal): Promise<FollowUpView[]> {
    const of = this.#db
      .select({ kind: clinicalCase.kind })
      .from(clinicalCase)
      .where(and(eq(clinicalCase.id, followUp.caseId), readableBy(this.#db, this.#workflows, person)));
    const rows = await this.#db
      .select({ row: followUp, kind: sql<CaseKind>`readable.kind` })
      .from(followUp)
      // "Offset 0": one by one, from the longest overdue on, until there are enough; not first all that the person may read.
      .innerJoinLateral(sql`(${of} OFFSET 0) readable`, sql`true`)
      .where(and(isNull(followUp.doneAt), lt(followUp.dueAt, new Date(this.#now()))))
      .orderBy(asc(followUp.dueAt), asc(followUp.id))
      .limit(MOST_LISTED);
    return rows.map(({ row, kind }) => viewOf(row, kind));
  }

  /** @throws {HubError} not_found, conflict (done already) */
  async done(principal: AccountPrincipal, followUpId: string): Promise<void> {
    const [of] = await this.#db
      .select({ caseId: followUp.caseId })
      .from(followUp)
      .where(eq(followUp.id, followUpId));
    if (!of) throw new HubError('not_found', 'no such follow-up');
    await this.#cases.get(principal, of.caseId);
    await this.#db.transaction(async (tx) => {
      const marked = await tx
        .update(followUp)
        .set({ doneAt: new Date(this.#now()), doneBy: principal.accountId })
        .where(and(eq(followUp.id, followUpId), isNull(followUp.doneAt)))
        .returning({ id: followUp.id });
      if (marked.length === 0) throw new HubError('conflict', 'it is done already');
      await dropReminders(tx, of.caseId, followUpId);
    });
  }
}

function viewOf(
  { id, caseId, text, dueAt, doneAt }: typeof followUp.$inferSelect,
  service: CaseKind,
): FollowUpView {
  return {
    followUpId: id,
    caseId,
    service,
    text,
    dueAtMs: dueAt.getTime(),
    doneAtMs: doneAt?.getTime() ?? null,
  };
}

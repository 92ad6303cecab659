import { and, asc, eq, isNull, or, sql, type SQL } from 'drizzle-orm';
import type { AccountPrincipal } from '../../identity/index.ts';
import {
  CASE_KINDS,
  type CaseActor,
  type CaseFunction,
  type CaseKind,
  type Urgency,
} from '../../signaling/contract/index.ts';
import { clinicalCase, institution, patient, type Database } from '../../storage/index.ts';
import { actorsOf, takesPartIn } from '../cases/access.ts';
import { possibleActions, type StateDefinition, type Workflow } from '../model/workflow.ts';
import { maskName } from '../model/mask.ts';

export interface HomeRow {
  caseId: string;
  kind: CaseKind;
  state: string;
  urgency: Urgency;
  maskedName: string;
  institutionName: string;
  dueAtMs: number | null;
  scheduledAtMs: number | null;
  updatedAtMs: number;
  roomId: string | null;
  /** Whom it waits for. */
  waitsFor: readonly CaseActor[];
  /** What this person could do in it now. */
  actions: string[];
}

/** The home page of any role (ui.md): one list, in three parts. */
export interface Home {
  now: HomeRow[];
  next: HomeRow[];
  /** Theirs, but somebody else has to act first. */
  waiting: HomeRow[];
}

/** Ours: what is to take place needs one from a quarter of an hour before. */
const SOON_MS = 15 * 60_000;
/** Ours; nobody works through more in a day, and what is most urgent is within. */
const MOST_ROWS = 200;

/** What needs this person now, what comes next, and what waits on others: of every kind of case, by `waitsFor` of its state. */
export async function whatNeedsMe(
  db: Database,
  workflows: Readonly<Record<CaseKind, Workflow>>,
  person: AccountPrincipal,
  nowMs: number,
): Promise<Home> {
  // Apart, because one condition of all three would look at every case that they ever had a part in.
  const [asked, taking, pool] = await Promise.all([
    openCases(db, person, and(isNull(clinicalCase.closedAt), eq(clinicalCase.requestedBy, person.accountId))),
    openCases(db, person, ownOpen(db, person)),
    openCases(db, person, waitingForRole(workflows, person)),
  ]);
  const rows = new Map([...asked, ...taking, ...pool].map((each) => [each.id, each]));
  const home: Home = { now: [], next: [], waiting: [] };
  for (const row of rows.values()) {
    const workflow = workflows[row.kind];
    const state = workflow.states[row.state];
    const actors = actorsOf(person, row);
    const scheduledAtMs = row.scheduledAt?.getTime() ?? null;
    home[partOf(state, actors, scheduledAtMs, nowMs)].push({
      caseId: row.id,
      kind: row.kind,
      state: row.state,
      urgency: row.urgency,
      maskedName: maskName(row.patientName),
      institutionName: row.institutionName,
      dueAtMs: row.dueAt?.getTime() ?? null,
      scheduledAtMs,
      updatedAtMs: row.updatedAt.getTime(),
      roomId: row.roomId,
      waitsFor: state?.waitsFor ?? [],
      actions: possibleActions(workflow, row.state, actors),
    });
  }
  home.now.sort((a, b) => rank(a) - rank(b) || time(a.dueAtMs) - time(b.dueAtMs) || byId(a, b));
  home.next.sort((a, b) => time(a.scheduledAtMs) - time(b.scheduledAtMs) || byId(a, b));
  home.waiting.sort((a, b) => b.updatedAtMs - a.updatedAtMs || byId(a, b));
  return home;
}

function partOf(
  state: StateDefinition | undefined,
  actors: ReadonlySet<CaseActor>,
  scheduledAtMs: number | null,
  nowMs: number,
): keyof Home {
  if (!state?.waitsFor?.some((actor) => actors.has(actor))) return 'waiting';
  return state.scheduled && scheduledAtMs !== null && scheduledAtMs > nowMs + SOON_MS ? 'next' : 'now';
}

function openCases(db: Database, { accountId }: AccountPrincipal, which: SQL | undefined) {
  if (!which) return Promise.resolve([]);
  return db
    .select({
      id: clinicalCase.id,
      kind: clinicalCase.kind,
      state: clinicalCase.state,
      urgency: clinicalCase.urgency,
      institutionId: clinicalCase.institutionId,
      guestInstitutionId: clinicalCase.guestInstitutionId,
      requestedBy: clinicalCase.requestedBy,
      boxId: clinicalCase.boxId,
      roomId: clinicalCase.roomId,
      dueAt: clinicalCase.dueAt,
      scheduledAt: clinicalCase.scheduledAt,
      updatedAt: clinicalCase.updatedAt,
      patientName: patient.name,
      institutionName: institution.name,
      functions: sql<CaseFunction[]>`ARRAY(
        SELECT p.function FROM case_participant p
        WHERE p.case_id = ${clinicalCase.id} AND p.account_id = ${accountId})`,
    })
    .from(clinicalCase)
    .innerJoin(patient, eq(patient.id, clinicalCase.patientId))
    .innerJoin(institution, eq(institution.id, clinicalCase.institutionId))
    .where(which)
    .orderBy(sql`${clinicalCase.dueAt} ASC NULLS LAST`, asc(clinicalCase.id))
    .limit(MOST_ROWS);
}

/** The few that are open of all that they ever had a part in. "Offset 0" has them found in indexes alone before any of them is read. */
function ownOpen(db: Database, person: AccountPrincipal): SQL {
  const open = db
    .select({ id: clinicalCase.id })
    .from(clinicalCase)
    .where(and(isNull(clinicalCase.closedAt), takesPartIn(db, person)));
  return sql`${clinicalCase.id} IN (${open} OFFSET 0)`;
}

/** In a state that waits for anybody of a role that they have, anywhere or at their own institution. */
function waitingForRole(
  workflows: Readonly<Record<CaseKind, Workflow>>,
  { roles, institutionId }: AccountPrincipal,
): SQL | undefined {
  const statesFor = (kind: CaseKind, prefix: 'role' | 'home'): string[] =>
    Object.entries(workflows[kind].states)
      .filter(([, { waitsFor = [] }]) => roles.some((role) => waitsFor.includes(`${prefix}:${role}`)))
      .map(([state]) => state);
  const inStates = (kind: CaseKind, states: string[], more?: SQL): SQL[] => {
    const of = and(
      eq(clinicalCase.kind, kind),
      sql`${clinicalCase.state} = ANY(${sql.param(states)}::text[])`,
      more,
    );
    return states.length > 0 && of ? [of] : [];
  };
  const some = or(
    ...CASE_KINDS.flatMap((kind) => [
      ...inStates(kind, statesFor(kind, 'role')),
      ...inStates(kind, statesFor(kind, 'home'), eq(clinicalCase.institutionId, institutionId)),
    ]),
  );
  return some && and(isNull(clinicalCase.closedAt), some);
}

const URGENCY_RANK: Record<Urgency, number> = { emergency: 0, urgent: 1, routine: 2 };
const rank = ({ urgency }: HomeRow): number => URGENCY_RANK[urgency];
const time = (ms: number | null): number => ms ?? Number.MAX_SAFE_INTEGER;
const byId = (a: HomeRow, b: HomeRow): number => (a.caseId < b.caseId ? -1 : 1);

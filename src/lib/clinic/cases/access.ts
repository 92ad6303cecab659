import { and, eq, exists, inArray, or, sql, type SQL } from 'drizzle-orm';
import type { AccountPrincipal, Principal } from '../../identity/index.ts';
import {
  CASE_KINDS,
  type CaseActor,
  type CaseFunction,
  type CaseKind,
} from '../../signaling/contract/index.ts';
import { caseParticipant, clinicalCase, type Database, type Transaction } from '../../storage/index.ts';
import type { Workflow } from '../model/workflow.ts';
import type { Actor } from './effects.ts';

/** What decides who somebody is in a case. */
export interface CaseTies {
  /** The case; it has none while it is being opened. */
  id?: string;
  institutionId: string;
  guestInstitutionId: string | null;
  requestedBy: string | null;
  boxId: string | null;
  /** What the person does in it. */
  functions: readonly CaseFunction[];
}

export const CLOCK: ReadonlySet<CaseActor> = new Set(['clock']);

/** Everything that a person or box is in a case. A case that is not there yet has the person's own institution and nobody in it. */
export function actorsOf(principal: Principal, ties: CaseTies): ReadonlySet<CaseActor> {
  switch (principal.kind) {
    case 'account':
      return new Set([
        ...principal.roles.map((role): CaseActor => `role:${role}`),
        ...(principal.institutionId === ties.institutionId
          ? principal.roles.map((role): CaseActor => `home:${role}`)
          : []),
        ...(principal.institutionId === ties.guestInstitutionId
          ? principal.roles.map((role): CaseActor => `guest:${role}`)
          : []),
        ...(principal.accountId === ties.requestedBy ? (['requester'] as const) : []),
        ...ties.functions.map((name): CaseActor => `as:${name}`),
      ]);
    case 'box':
      return new Set(principal.boxId === ties.boxId ? (['box'] as const) : []);
    case 'patient':
      return new Set(principal.caseId === ties.id ? (['patient'] as const) : []);
    default:
      return new Set();
  }
}

/** What the person does in the case. */
export async function functionsOf(
  tx: Transaction,
  caseId: string,
  accountId: string | null,
): Promise<CaseFunction[]> {
  if (accountId === null) return [];
  const rows = await tx
    .select({ name: caseParticipant.function })
    .from(caseParticipant)
    .where(and(eq(caseParticipant.caseId, caseId), eq(caseParticipant.accountId, accountId)));
  return rows.map(({ name }) => name);
}

/** As an event keeps who it was. */
export function actorOf(principal: Principal): Actor {
  const base = { id: principal.principalId, name: principal.name };
  return principal.kind === 'account'
    ? {
        ...base,
        accountId: principal.accountId,
        institutionId: principal.institutionId,
        roles: principal.roles,
      }
    : { ...base, accountId: null, institutionId: null, roles: [] };
}

export function mayRead(workflow: Workflow, actors: ReadonlySet<CaseActor>): boolean {
  return [...actors].some(
    (actor) =>
      actor === 'requester' ||
      actor === 'patient' ||
      actor.startsWith('as:') ||
      workflow.visibleTo.includes(actor),
  );
}

/** The person's role in a house (or anywhere, `role`) lets them read such cases. */
const seesAs = (where: 'role' | 'home' | 'guest', { visibleTo }: Workflow, { roles }: AccountPrincipal) =>
  roles.some((role) => visibleTo.includes(`${where}:${role}`));

/**
 * The same as a condition of SQL, on cases that are found by something else. To find them by it, `tiesThatRead`.
 */
export function readableBy(
  db: Database,
  workflows: Readonly<Record<CaseKind, Workflow>>,
  person: AccountPrincipal,
): SQL {
  const kinds = (where: 'role' | 'home' | 'guest') =>
    inArray(
      clinicalCase.kind,
      CASE_KINDS.filter((kind) => seesAs(where, workflows[kind], person)),
    );
  return or(
    kinds('role'),
    and(kinds('home'), eq(clinicalCase.institutionId, person.institutionId)),
    and(kinds('guest'), eq(clinicalCase.guestInstitutionId, person.institutionId)),
    eq(clinicalCase.requestedBy, person.accountId),
    takesPartIn(db, person),
  ) as SQL;
}

/** The person has a function in the case that was found by something else. */
export function takesPartIn(db: Database, { accountId }: AccountPrincipal): SQL {
  return exists(
    db
      .select({ one: sql`1` })
      .from(caseParticipant)
      .where(and(eq(caseParticipant.caseId, clinicalCase.id), eq(caseParticipant.accountId, accountId))),
  );
}

/** What lets a person read cases of one kind, each by itself: an index finds what one of them lets in, none what any of them does. */
export function tiesThatRead(
  db: Database,
  workflow: Workflow,
  person: AccountPrincipal,
): [SQL | undefined, ...SQL[]] {
  if (seesAs('role', workflow, person)) return [undefined];
  return [
    isAmongOwn(db, person),
    eq(clinicalCase.requestedBy, person.accountId),
    ...(seesAs('home', workflow, person) ? [eq(clinicalCase.institutionId, person.institutionId)] : []),
    ...(seesAs('guest', workflow, person) ? [eq(clinicalCase.guestInstitutionId, person.institutionId)] : []),
  ];
}

/** The person has a function in the case; to find such cases, of which there may be tens of thousands or none. */
export function isAmongOwn(db: Database, { accountId }: AccountPrincipal): SQL {
  const own = db
    .select({ id: caseParticipant.caseId })
    .from(caseParticipant)
    .where(eq(caseParticipant.accountId, accountId));
  // "Is true" keeps PostgreSQL from making a join of it, and so from looking up each case of a kind for whoever has none of that kind.
  return sql`(${inArray(clinicalCase.id, own)}) IS TRUE`;
}

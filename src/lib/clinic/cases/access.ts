import { and, eq, exists, inArray, or, sql, type SQL } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { AccountPrincipal, Principal } from '../../identity/index.ts';
import type { AccountRole, CaseActor, CaseFunction } from '../../signaling/contract/index.ts';
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

/** The same as a condition of SQL, for lists: the cases of one kind that a person may read. */
export function readableBy(db: Database, { kind, visibleTo }: Workflow, person: AccountPrincipal): SQL {
  const has = (prefix: string): boolean =>
    visibleTo.some((actor) => {
      const [where, role] = actor.split(':');
      return where === prefix && person.roles.includes(role as AccountRole);
    });
  const ofKind = eq(clinicalCase.kind, kind);
  if (has('role')) return ofKind;
  if (!has('home') && !has('guest')) return and(ofKind, askedForOrIn(db, person)) as SQL;
  return and(
    ofKind,
    or(
      has('home') ? eq(clinicalCase.institutionId, person.institutionId) : undefined,
      has('guest') ? eq(clinicalCase.guestInstitutionId, person.institutionId) : undefined,
      eq(clinicalCase.requestedBy, person.accountId),
      takesPartIn(db, person),
    ),
  ) as SQL;
}

/** The person has a function in the case. */
export function takesPartIn(db: Database, { accountId }: AccountPrincipal): SQL {
  return exists(
    db
      .select({ one: sql`1` })
      .from(caseParticipant)
      .where(and(eq(caseParticipant.caseId, clinicalCase.id), eq(caseParticipant.accountId, accountId))),
  );
}

/** Has a function in it or asked for it: as a list of their own, so that PostgreSQL need not look at everybody's to find them. */
function askedForOrIn(db: Database, { accountId }: AccountPrincipal): SQL {
  const taking = db
    .select({ id: caseParticipant.caseId })
    .from(caseParticipant)
    .where(eq(caseParticipant.accountId, accountId));
  const asked = db
    .select({ id: clinicalCase.id })
    .from(clinicalCase)
    .where(eq(clinicalCase.requestedBy, accountId));
  return inArray(clinicalCase.id, unionAll(taking, asked));
}

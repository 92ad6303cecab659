import type { CaseActor, CaseFunction, CaseKind, Urgency } from '../../signaling/contract/index.ts';
import type { CaseRow } from './effects.ts';

/** A case as one person may see it. */
export interface CaseView {
  caseId: string;
  kind: CaseKind;
  state: string;
  urgency: Urgency;
  patientId: string;
  institutionId: string;
  guestInstitutionId: string | null;
  requestedBy: string | null;
  laterality: CaseRow['laterality'];
  data: object;
  roomId: string | null;
  boxId: string | null;
  dueAtMs: number | null;
  scheduledAtMs: number | null;
  version: number;
  createdAtMs: number;
  updatedAtMs: number;
  closedAtMs: number | null;
}

export interface OpenedCase extends CaseView {
  participants: { accountId: string; name: string; function: CaseFunction }[];
  /** The steps that this person could take now. */
  actions: string[];
}

export interface CaseHappening {
  seq: number;
  type: string;
  state: string;
  data: unknown;
  actorId: string | null;
  actorName: string | null;
  atMs: number;
}

export interface CaseFilter {
  kind: CaseKind;
  states?: readonly string[];
  /** Closed ones instead of open ones. */
  closed?: boolean;
  patientId?: string;
  /** Only those in which the person has a function. */
  takingPart?: boolean;
  /** Only those that have changed since. */
  sinceMs?: number;
  /** Those that changed before this one, by (updatedAt, id): the next page. */
  before?: { updatedAtMs: number; caseId: string };
  limit?: number;
}

/** A case's row, and who somebody is in it. */
export interface CaseLook {
  row: CaseRow;
  participants: OpenedCase['participants'];
  actors: ReadonlySet<CaseActor>;
}

export function viewOf(row: CaseRow): CaseView {
  const { id, createdAt, updatedAt, closedAt, dueAt, scheduledAt, ...rest } = row;
  return {
    caseId: id,
    ...rest,
    createdAtMs: createdAt.getTime(),
    updatedAtMs: updatedAt.getTime(),
    closedAtMs: closedAt?.getTime() ?? null,
    dueAtMs: dueAt?.getTime() ?? null,
    scheduledAtMs: scheduledAt?.getTime() ?? null,
  };
}

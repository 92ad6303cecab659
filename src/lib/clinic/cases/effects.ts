import type { AccountRole, CaseFunction } from '../../signaling/contract/index.ts';
import type { clinicalCase, Transaction } from '../../storage/index.ts';

export type CaseRow = typeof clinicalCase.$inferSelect;

/** Who takes a step, as the event keeps it. */
export interface Actor {
  /** `a_…`, `p_…`, `b_…`; null: the hub's clock. */
  id: string | null;
  name: string | null;
  accountId: string | null;
  institutionId: string | null;
  roles: readonly AccountRole[];
}

export interface EffectContext {
  tx: Transaction;
  /** The case with the step's state and data, not written yet. */
  row: CaseRow;
  actor: Actor;
  /** As the workflow parsed it. */
  input: unknown;
  atMs: number;
}

export interface EffectResult {
  /** What the case's own row takes over. */
  columns?: Partial<
    Pick<
      CaseRow,
      | 'guestInstitutionId'
      | 'roomId'
      | 'boxId'
      | 'scheduledAt'
      | 'laterality'
      | 'urgency'
      | 'dueAt'
      | 'patientId'
    >
  >;
  join?: { accountId: string; function: CaseFunction }[];
  leave?: { accountId: string; function?: CaseFunction }[];
  /** Added to what the event keeps: ids of what was made. */
  made?: object;
  /** Once all is written: tell others. Must not throw. */
  afterCommit?: () => void;
}

/**
 * What a step does beyond its own case, in the same transaction: a slot is taken, a room opened, a document concluded. Refusals are thrown as
 * `HubError` and undo everything. By `kind.step`; a case's beginning is `kind.opened`.
 */
export type Effect = (context: EffectContext) => Promise<EffectResult | undefined>;
export type Effects = Readonly<Record<string, Effect>>;

/**
 * What the hub itself knows and a step is decided by: whether the name that somebody read out is the patient's. It is added to what the person
 * says, over anything of the same name, and kept with the event, so that the step stays a pure function of its input. By `kind.step`.
 */
export type Knowledge = Readonly<
  Record<string, (context: Pick<EffectContext, 'tx' | 'row' | 'input'>) => Promise<object>>
>;

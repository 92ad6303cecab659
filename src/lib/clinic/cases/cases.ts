import { and, eq, isNull } from 'drizzle-orm';
import { newId, type AccountPrincipal, type Principal } from '../../identity/index.ts';
import {
  HubError,
  type CaseActor,
  type CaseFunction,
  type CaseKind,
  type Urgency,
} from '../../signaling/contract/index.ts';
import {
  caseEvent,
  caseParticipant,
  clinicalCase,
  patient,
  type Database,
  type Transaction,
} from '../../storage/index.ts';
import { dueAtMs, open, take, type Workflow } from '../model/workflow.ts';
import { actorOf, actorsOf, CLOCK, functionsOf, mayRead } from './access.ts';
import { CaseReader } from './case-reader.ts';
import type { Actor, CaseRow, EffectResult, Effects, Knowledge } from './effects.ts';
import type { CaseNews } from './news.ts';

export interface CasesParts {
  db: Database;
  workflows: Readonly<Record<CaseKind, Workflow>>;
  effects: Effects;
  knowledge?: Knowledge;
  news: CaseNews;
  /** Plans what people are told of the case's time, which was another before this step; in the step's transaction, once all is written. */
  planTime?: (tx: Transaction, row: CaseRow, wasAt: Date | null) => Promise<void>;
  /** The live room has to stop, or may go on, because the case does. Must not throw. */
  roomStands?: (roomId: string) => void;
  /** Hub time in ms. */
  now?: () => number;
}

export interface NewCase {
  kind: CaseKind;
  patientId: string;
  urgency: Urgency;
  input: unknown;
}

type StepParts = [
  caseId: string,
  action: string,
  input: unknown,
  version: number | undefined,
  actor: Actor,
  actorsIn: (row: CaseRow, functions: CaseFunction[]) => ReadonlySet<CaseActor>,
];

/** The step of the hub's clock, in every kind of case. */
export const EXPIRED = 'expired';

const HUB: Actor = { id: null, name: null, accountId: null, institutionId: null, roles: [] };

/** The life of every case: each change is one step of its workflow, one event, one transaction. */
export class Cases extends CaseReader {
  readonly #db: Database;
  readonly #workflows: CasesParts['workflows'];
  readonly #effects: Effects;
  readonly #knowledge: Knowledge;
  readonly #news: CaseNews;
  readonly #planTime: CasesParts['planTime'];
  readonly #roomStands: NonNullable<CasesParts['roomStands']>;
  readonly #now: () => number;

  constructor(parts: CasesParts) {
    const { db, workflows, effects, knowledge = {}, news, planTime, roomStands, now = Date.now } = parts;
    super(db, workflows);
    this.#db = db;
    this.#workflows = workflows;
    this.#effects = effects;
    this.#knowledge = knowledge;
    this.#news = news;
    this.#planTime = planTime;
    this.#roomStands = roomStands ?? (() => undefined);
    this.#now = now;
  }

  /** @throws {HubError} forbidden, invalid_message, not_found (the patient is not of the person's institution), and what its effect says */
  async open(principal: AccountPrincipal, newCase: NewCase): Promise<string> {
    const { accountId, institutionId } = principal;
    const actors = actorsOf(principal, {
      ...{ institutionId, guestInstitutionId: null, requestedBy: accountId, boxId: null },
      functions: [],
    });
    const owner = { institutionId, requestedBy: accountId };
    const { caseId, tellers } = await this.#db.transaction((tx) =>
      this.#open(tx, newCase, owner, actorOf(principal), actors),
    );
    for (const tell of tellers) tell();
    return caseId;
  }

  /**
   * For effects: what happens in one case opens another in the same transaction, by the hub's own authority (the workflow must let the
   * `clock` open it). `tell` belongs into the effect's `afterCommit`.
   * @throws {HubError} as `open`
   */
  async openWithin(
    tx: Transaction,
    newCase: NewCase,
    owner: { institutionId: string; requestedBy: string | null },
    actor: Actor,
  ): Promise<{ caseId: string; tell: () => void }> {
    const { caseId, tellers } = await this.#open(tx, newCase, owner, actor, CLOCK);
    return { caseId, tell: () => tellers.forEach((tell) => tell()) };
  }

  async #open(
    tx: Transaction,
    { kind, patientId, urgency, input }: NewCase,
    { institutionId, requestedBy }: { institutionId: string; requestedBy: string | null },
    actor: Actor,
    actors: ReadonlySet<CaseActor>,
  ): Promise<{ caseId: string; tellers: (() => void)[] }> {
    const workflow = this.#workflows[kind];
    const atMs = this.#now();
    const context = { atMs, accountId: actor.accountId, actorName: actor.name, urgency };
    const opened = open(workflow, actors, input, context);
    const caseId = newId();
    await this.#ownPatient(tx, patientId, institutionId);
    const row: CaseRow = {
      id: caseId,
      kind,
      state: opened.state,
      urgency,
      patientId,
      institutionId,
      guestInstitutionId: null,
      requestedBy,
      laterality: null,
      data: opened.data,
      roomId: null,
      boxId: null,
      dueAt: dateOf(dueAtMs(stateOf(workflow, opened.state), urgency, atMs)),
      scheduledAt: null,
      version: 1,
      createdAt: new Date(atMs),
      updatedAt: new Date(atMs),
      closedAt: null,
    };
    await tx.insert(clinicalCase).values(row);
    return { caseId, tellers: await this.#finish(tx, row, 'opened', opened.input, actor) };
  }

  async #ownPatient(tx: Transaction, patientId: string, institutionId: string): Promise<void> {
    const [own] = await tx
      .select({ id: patient.id })
      .from(patient)
      .where(
        and(eq(patient.id, patientId), eq(patient.institutionId, institutionId), isNull(patient.mergedInto)),
      )
      // A merge that is under way is waited for: the case would be left with a record that is another's by then.
      .for('share');
    if (!own) throw new HubError('not_found', 'no such patient of this institution');
  }

  /**
   * Takes one step. With `version`, only if nothing has happened since the person looked.
   * @throws {HubError} not_found (or not this person's to know of), conflict, forbidden, out_of_order, invalid_message, and what the
   *   step's guard and effect say; nothing has changed then
   */
  async take(
    principal: Principal,
    caseId: string,
    action: string,
    input: unknown = {},
    { version }: { version?: number } = {},
  ): Promise<{ state: string; version: number; made: object }> {
    return this.#step(caseId, action, input, version, actorOf(principal), (row, functions) => {
      const actors = actorsOf(principal, { ...row, functions });
      if (!mayRead(this.#workflows[row.kind], actors)) throw new HubError('not_found', 'no such case');
      return actors;
    });
  }

  /** By the hub's own clock. */
  async takeByClock(caseId: string, action: string, input: unknown = {}) {
    return this.#step(caseId, action, input, undefined, HUB, () => CLOCK);
  }

  /**
   * For effects and the clock: the hub's own step in a case, within a transaction that is open already. The event names `actor`, who set it
   * off. `tell` belongs behind the commit.
   * @throws {HubError} as `take`
   */
  async takeWithin(
    tx: Transaction,
    caseId: string,
    action: string,
    input: unknown,
    actor: Actor = HUB,
  ): Promise<{ state: string; version: number; made: object; tell: () => void }> {
    const { result, tellers } = await this.#stepIn(tx, caseId, action, input, undefined, actor, () => CLOCK);
    return { ...result, tell: () => tellers.forEach((tell) => tell()) };
  }

  async #step(...step: StepParts) {
    const { result, tellers } = await this.#db.transaction((tx) => this.#stepIn(tx, ...step));
    for (const tell of tellers) tell();
    return result;
  }

  async #stepIn(
    tx: Transaction,
    ...[caseId, action, rawInput, version, actor, actorsIn]: StepParts
  ): Promise<{ result: { state: string; version: number; made: object }; tellers: (() => void)[] }> {
    const atMs = this.#now();
    const [row] = await tx.select().from(clinicalCase).where(eq(clinicalCase.id, caseId)).for('update');
    if (!row) throw new HubError('not_found', 'no such case');
    const actors = actorsIn(row, await functionsOf(tx, caseId, actor.accountId));
    if (version !== undefined && version !== row.version)
      throw new HubError('conflict', 'the case has changed meanwhile');
    const workflow = this.#workflows[row.kind];
    const context = { atMs, accountId: actor.accountId, actorName: actor.name, urgency: row.urgency };
    const input = await this.#known(tx, row, action, rawInput);
    const stepped = take(workflow, row, action, actors, input, context);
    // A clock that ran out starts anew, or it would run out again at once.
    const clockStarts = stepped.state !== row.state || action === EXPIRED;
    const definition = stateOf(workflow, stepped.state);
    const next: CaseRow = {
      ...row,
      state: stepped.state,
      data: stepped.data,
      version: row.version + 1,
      updatedAt: new Date(atMs),
      dueAt: clockStarts ? dateOf(dueAtMs(definition, row.urgency, atMs)) : row.dueAt,
      closedAt: definition.closed ? (row.closedAt ?? new Date(atMs)) : null,
    };
    let made: object = {};
    const tellers = await this.#finish(tx, next, action, stepped.input, actor, (result) => {
      made = result.made ?? {};
    });
    const { roomId } = row;
    if (roomId !== null && Boolean(definition.frozen) !== Boolean(stateOf(workflow, row.state).frozen))
      tellers.push(() => this.#roomStands(roomId));
    return { result: { state: next.state, version: next.version, made }, tellers };
  }

  async #known(tx: Transaction, row: CaseRow, action: string, input: unknown): Promise<unknown> {
    const know = this.#knowledge[`${row.kind}.${action}`];
    // What is no object is refused by the step's own schema.
    if (!know || typeof input !== 'object' || input === null) return input;
    return { ...input, ...(await know({ tx, row, input })) };
  }

  /** Effect, row, event; answers who is to be told once all of it stands. */
  async #finish(
    tx: Transaction,
    row: CaseRow,
    type: string,
    input: unknown,
    actor: Actor,
    onResult: (result: EffectResult) => void = () => undefined,
  ): Promise<(() => void)[]> {
    const atMs = row.updatedAt.getTime();
    const result = (await this.#effects[`${row.kind}.${type}`]?.({ tx, row, actor, input, atMs })) ?? {};
    onResult(result);
    const written: CaseRow = { ...row, ...result.columns };
    await tx.update(clinicalCase).set(written).where(eq(clinicalCase.id, row.id));
    for (const { accountId, function: name } of result.leave ?? []) {
      await tx
        .delete(caseParticipant)
        .where(
          and(
            eq(caseParticipant.caseId, row.id),
            eq(caseParticipant.accountId, accountId),
            name === undefined ? undefined : eq(caseParticipant.function, name),
          ),
        );
    }
    if (result.join?.length)
      await tx
        .insert(caseParticipant)
        .values(result.join.map((each) => ({ caseId: row.id, ...each })))
        .onConflictDoNothing();
    await tx.insert(caseEvent).values({
      caseId: row.id,
      seq: row.version,
      type,
      state: row.state,
      data: { ...(input as object), ...result.made },
      actorId: actor.id,
      actorName: actor.name,
      at: row.updatedAt,
    });
    await this.#planTime?.(tx, written, row.scheduledAt);
    return [...(result.afterCommit ? [result.afterCommit] : []), () => this.#news.changed(written)];
  }
}

const dateOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

function stateOf(workflow: Workflow, state: string) {
  const definition = workflow.states[state];
  if (!definition) throw new Error(`${workflow.kind} has no state ${state}`);
  return definition;
}

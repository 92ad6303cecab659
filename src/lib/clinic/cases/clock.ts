import { and, asc, isNull, lte, notInArray, or, sql, eq } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { CaseKind } from '../../signaling/contract/index.ts';
import { clinicalCase, isDatabaseAway, type Database } from '../../storage/index.ts';
import type { Workflow } from '../model/workflow.ts';
import { EXPIRED, type Cases } from './cases.ts';

/** How often a node looks: late by so much at most, which no clock of minutes minds. */
const INTERVAL_MS = 5_000;
/** Cases in one go; the rest follow at once, but whoever closes the hub need not wait for them. */
const BATCH = 100;

/**
 * Takes the step `expired` of every open case whose time ran out. Any number of nodes may do this at once: each case is locked by one, and
 * what it finds due is due no more when the next one looks. Nothing is kept in memory, so that a restart forgets nothing.
 */
export class CaseClock {
  readonly #db: Database;
  readonly #cases: Cases;
  readonly #workflows: Readonly<Record<CaseKind, Workflow>>;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<number> | null = null;
  #closed = false;

  constructor(parts: {
    db: Database;
    cases: Cases;
    workflows: Readonly<Record<CaseKind, Workflow>>;
    log: Pick<Logger, 'warn'>;
    now?: () => number;
  }) {
    this.#db = parts.db;
    this.#cases = parts.cases;
    this.#workflows = parts.workflows;
    this.#log = parts.log;
    this.#now = parts.now ?? Date.now;
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      // The database may be away; the next round finds the same cases.
      this.tick().catch((err: unknown) => this.#log.warn({ err }, 'due cases not looked for this time'));
    }, INTERVAL_MS).unref();
  }

  /** One round; answers how many cases it moved. While one runs, another is the same one. */
  tick(): Promise<number> {
    this.#running ??= this.#round().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #round(): Promise<number> {
    const refused: string[] = [];
    let moved = 0;
    for (let looked = 0; looked < BATCH && !this.#closed; looked++) {
      const outcome = await this.#next(refused);
      if (outcome === 'none') break;
      if (outcome === 'moved') moved++;
    }
    return moved;
  }

  async #next(refused: string[]): Promise<'moved' | 'refused' | 'none'> {
    let caseId: string | undefined;
    try {
      const tell = await this.#db.transaction(async (tx) => {
        const [due] = await tx
          .select({ id: clinicalCase.id })
          .from(clinicalCase)
          .where(
            and(
              isNull(clinicalCase.closedAt),
              lte(clinicalCase.dueAt, new Date(this.#now())),
              this.#canExpire(),
              refused.length > 0 ? notInArray(clinicalCase.id, refused) : undefined,
            ),
          )
          .orderBy(asc(clinicalCase.dueAt))
          .limit(1)
          .for('update', { skipLocked: true });
        caseId = due?.id;
        return caseId === undefined
          ? undefined
          : (await this.#cases.takeWithin(tx, caseId, EXPIRED, {})).tell;
      });
      if (!tell) return 'none';
      tell();
      return 'moved';
    } catch (err) {
      if (caseId === undefined || isDatabaseAway(err)) throw err;
      // One that cannot move, for whatever reason, must not keep all others waiting; it is tried again in the next round.
      refused.push(caseId);
      this.#log.warn({ err, caseId }, 'a case whose time ran out could not be moved');
      return 'refused';
    }
  }

  /** Cases that have such a step where they are; others are left alone. */
  #canExpire() {
    return or(
      ...Object.values(this.#workflows).flatMap(({ kind, actions }) => {
        const from = actions[EXPIRED]?.from ?? [];
        return from.length === 0
          ? []
          : [
              and(
                eq(clinicalCase.kind, kind),
                sql`${clinicalCase.state} = ANY(${sql.param([...from])}::text[])`,
              ),
            ];
      }),
    );
  }

  /** Stops looking, once the round that runs is over. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#running?.catch(() => undefined);
  }
}

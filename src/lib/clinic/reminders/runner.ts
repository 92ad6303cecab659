import { and, eq, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { accountPrincipalId, newId } from '../../identity/index.ts';
import type { Bus } from '../../signaling/bus/index.ts';
import { notification, reminder, type Database, type Transaction } from '../../storage/index.ts';
import { reminderDataSchema, type ReminderKind } from '../model/time/index.ts';
import { DeliveryFailed, type Channel, type ReminderRow } from './channels/channel.ts';
import { idOfRecipient } from './recipients.ts';

/** Ours: soon enough for "booked", and nothing for a database to look at one index. */
const POLL_MS = 2000;
/** At once: few enough to leave connections of the pool to everybody else. */
const BATCH = 5;
/** Longer than any channel may take; a node that died meanwhile had it, and another tries again. */
export const LEASE_MS = 60_000;
/** 30 s, 2 min, 8 min, 32 min, 2 h: over a restart of a mail server, not over a day. */
const FIRST_RETRY_MS = 30_000;
const RETRY_FACTOR = 4;
export const MOST_ATTEMPTS = 6;

export interface ReminderRunnerParts {
  db: Database;
  bus: Pick<Bus, 'notifyPrincipal'>;
  channels: Readonly<Record<Exclude<ReminderRow['channel'], 'in_app'>, Channel>>;
  log: Logger;
  /** Hub time in ms. */
  now: () => number;
}

/**
 * Tells what is due, on any number of nodes at once: each takes what no other has (`SKIP LOCKED`) for a limited time. What appears under the
 * bell appears exactly once, since it is written together with the mark; what leaves the hub is tried again after a crash under the same
 * id, so that the other side can see that it has it.
 */
export class ReminderRunner {
  readonly #parts: ReminderRunnerParts;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: ReminderRunnerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#next();
  }

  /** What is under way is finished first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  #next(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#round().finally(() => this.#next());
    }, POLL_MS);
    this.#timer.unref();
  }

  async #round(): Promise<void> {
    try {
      while (!this.#isClosed && (await this.runBatch()) === BATCH);
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'reminders wait for the database');
    }
  }

  /** One batch of what is due now; answers how many. */
  async runBatch(): Promise<number> {
    const rows = await this.#claim();
    await Promise.all(rows.map((row) => this.#tell(row)));
    return rows.length;
  }

  #claim(): Promise<ReminderRow[]> {
    const { db, now } = this.#parts;
    const due = db
      .select({ id: reminder.id })
      .from(reminder)
      .where(and(eq(reminder.state, 'waiting'), sql`${reminder.dueAt} <= ${new Date(now())}`))
      .orderBy(reminder.dueAt)
      .limit(BATCH)
      .for('update', { skipLocked: true });
    return db
      .update(reminder)
      .set({ attempts: sql`${reminder.attempts} + 1`, dueAt: new Date(now() + LEASE_MS) })
      .where(sql`${reminder.id} IN ${due}`)
      .returning();
  }

  async #tell(row: ReminderRow): Promise<void> {
    try {
      // Nodes that die over it would otherwise try for ever.
      if (row.attempts > MOST_ATTEMPTS) throw new DeliveryFailed('given up', { isFinal: true });
      if (isTooLate(row, this.#parts.now()))
        throw new DeliveryFailed('too late: it has begun', { isFinal: true });
      if (row.channel === 'in_app') await this.#showUnderBell(row);
      else {
        await this.#parts.channels[row.channel].deliver(row);
        await this.#settle(row, { state: 'sent', sentAt: new Date(this.#parts.now()), lastError: null });
      }
    } catch (error) {
      await this.#failed(row, error);
    }
  }

  /**
   * The case is locked (by what is written first) before the reminder, as every step of a case does it; the other way round, the two would
   * wait for each other.
   */
  async #showUnderBell(row: ReminderRow): Promise<void> {
    const { db, bus, now } = this.#parts;
    const [id, accountId] = [newId(), idOfRecipient(row.recipient)];
    const { caseId, kind, data } = row;
    const isShown = await db.transaction(async (tx) => {
      await tx.insert(notification).values({ id, accountId, caseId, kind, data, createdAt: new Date(now()) });
      const isMine = await this.#settle(row, { state: 'sent', sentAt: new Date(now()), lastError: null }, tx);
      // Cancelled meanwhile, or told by another node.
      if (!isMine) await tx.delete(notification).where(eq(notification.id, id));
      return isMine;
    });
    if (isShown)
      bus.notifyPrincipal(accountPrincipalId(accountId), {
        type: 'notification.new',
        data: { notificationId: id, kind, caseId },
      });
  }

  async #failed(row: ReminderRow, error: unknown): Promise<void> {
    const { log, now } = this.#parts;
    const isFinal = (error instanceof DeliveryFailed && error.isFinal) || row.attempts >= MOST_ATTEMPTS;
    const lastError = error instanceof DeliveryFailed ? error.message.slice(0, 200) : 'the hub failed';
    const retryMs = FIRST_RETRY_MS * RETRY_FACTOR ** (row.attempts - 1);
    if (!(error instanceof DeliveryFailed))
      log.error({ err: error, channel: row.channel }, 'reminder not told');
    await this.#settle(
      row,
      isFinal ? { state: 'failed', lastError } : { lastError, dueAt: new Date(now() + retryMs) },
    ).catch((cause: unknown) => log.warn({ err: cause }, 'reminder told later: its mark was not written'));
  }

  /** Only while it is still this node's to say. */
  async #settle(
    row: ReminderRow,
    values: Partial<ReminderRow>,
    db: Pick<Transaction, 'update'> = this.#parts.db,
  ): Promise<boolean> {
    const marked = await db
      .update(reminder)
      .set(values)
      .where(and(eq(reminder.id, row.id), eq(reminder.state, 'waiting'), eq(reminder.attempts, row.attempts)))
      .returning({ id: reminder.id });
    return marked.length > 0;
  }
}

/** Being reminded of what has begun helps nobody; that it was changed or cancelled still does. */
function isTooLate({ kind, data }: ReminderRow, nowMs: number): boolean {
  const ahead: readonly ReminderKind[] = ['visit.day', 'visit.hour'];
  return ahead.includes(kind as ReminderKind) && reminderDataSchema.parse(data).atMs <= nowMs;
}

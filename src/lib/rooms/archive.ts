import { max, eq, gt, and, asc } from 'drizzle-orm';
import type { Logger } from 'pino';
import { roomEventSchema, type RoomEvent } from '../signaling/contract/index.ts';
import { isDatabaseAway, roomEvent, type Database } from '../storage/index.ts';
import { whileThere } from './database-away.ts';

/** Rows written in one statement. */
const BATCH = 200;
/** Wait before trying again when the database is away. */
const RETRY_MS = 1000;

/**
 * Copies every room event into PostgreSQL, where the record lives (clinical.md: 15 years). Redis's log is the truth
 * until then: it is not trimmed past `archivedSeq`, so a database that is away delays the copy and loses nothing.
 */
export class RoomArchive {
  readonly #db: Database;
  readonly #log: Logger;
  #waiting: RoomEvent[] = [];
  #writing: Promise<void> | null = null;
  #stopped = false;
  #wake: (() => void) | null = null;
  readonly #archivedSeqs = new Map<string, number>();

  constructor(db: Database, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  add(event: RoomEvent): void {
    this.#waiting.push(event);
    this.#writeSoon();
  }

  #writeSoon(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
      // Something may have come between the last look and here.
      if (this.#waiting.length > 0 && !this.#stopped) this.#writeSoon();
    });
  }

  /** The last number that is surely in the database; 0 when not known. */
  archivedSeq(roomId: string): number {
    return this.#archivedSeqs.get(roomId) ?? 0;
  }

  async #write(): Promise<void> {
    let size = BATCH;
    while (this.#waiting.length > 0 && !this.#stopped) {
      const batch = this.#waiting.slice(0, size);
      try {
        await this.#insert(batch);
        this.#waiting = this.#waiting.slice(batch.length);
        size = BATCH;
      } catch (error) {
        if (isDatabaseAway(error)) {
          this.#log.warn({ err: error, waiting: this.#waiting.length }, 'room events wait for the database');
          await this.#pause();
        } else if (size > 1) {
          // It answers and refuses one of these: which one shows when they come one by one.
          size = 1;
        } else {
          this.#setAside(error);
        }
      }
    }
  }

  /** One event that the database will never take must not keep those of every room behind it. */
  #setAside(error: unknown): void {
    const [event] = this.#waiting.splice(0, 1);
    this.#log.error(
      { err: error, roomId: event?.roomId, seq: event?.seq },
      'a room event is not in the archive',
    );
  }

  async #insert(batch: RoomEvent[]): Promise<void> {
    await this.#db
      .insert(roomEvent)
      .values(
        batch.map((event) => ({
          roomId: event.roomId,
          seq: event.seq,
          epoch: event.epoch,
          type: event.type,
          data: storable(event.data),
          at: new Date(event.atMs),
        })),
      )
      .onConflictDoNothing();
    for (const event of batch) this.#archivedSeqs.set(event.roomId, event.seq);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Number of the last archived event of a room; 0 when there is none. @throws {HubError} unavailable */
  async lastSeq(roomId: string): Promise<number> {
    const [row] = await whileThere(() =>
      this.#db
        .select({ seq: max(roomEvent.seq) })
        .from(roomEvent)
        .where(eq(roomEvent.roomId, roomId)),
    );
    const seq = row?.seq ?? 0;
    this.#archivedSeqs.set(roomId, seq);
    return seq;
  }

  /** The archived events behind a number, in order. @throws {HubError} unavailable */
  async readSince(roomId: string, seq: number): Promise<RoomEvent[]> {
    const rows = await whileThere(() =>
      this.#db
        .select()
        .from(roomEvent)
        .where(and(eq(roomEvent.roomId, roomId), gt(roomEvent.seq, seq)))
        .orderBy(asc(roomEvent.seq)),
    );
    return rows.map((row) => roomEventSchema.parse({ ...row, atMs: row.at.getTime(), at: undefined }));
  }

  /** Writes what waits, if the database answers; what does not get there is in Redis's log. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#writing;
    if (this.#waiting.length > 0) {
      await this.#insert(this.#waiting).catch((error: unknown) => {
        this.#log.warn({ err: error, waiting: this.#waiting.length }, 'room events stay in the log for now');
      });
    }
  }
}

/** PostgreSQL's JSON takes neither NUL nor half a surrogate pair; both stand in the record as what they are not: text. */
function storable<T>(data: T): T {
  return JSON.parse(JSON.stringify(data), (_key, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value,
  ) as T;
}

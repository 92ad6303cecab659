import { createHash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import {
  CAPTURE_PART_BYTES,
  MAX_CAPTURE_BYTES,
  type BoxRecord,
  type Capture,
  type RecordKind,
} from '../../../src/lib/signaling/contract/index.ts';
import { LossLedger } from './losses.ts';
import { refusalFor } from './policy.ts';
import {
  deleteThrough,
  insertRecords,
  lastNumber,
  NO_BODY,
  pragma,
  readOldest,
  replaceByVoid,
  type Row,
  type Stamp,
  type Waiting,
} from './records-table.ts';
import { isDamage, openSeries, sqliteCode, type Series } from './series-file.ts';

export type NewRecord =
  | { kind: 'vitals'; stamp: Stamp; data: { durationMs: number }; body: Uint8Array }
  | { kind: 'event'; stamp: Stamp; data: Extract<BoxRecord, { kind: 'event' }>['data'] }
  | { kind: 'clock'; stamp: Stamp; data: Extract<BoxRecord, { kind: 'clock' }>['data'] };

/**
 * `recording`: all is kept. `limit`, `disk`: no room for vitals any more, later for nothing; what is refused is counted.
 * `failing`: the file cannot be written or opened for another reason.
 */
export type StoreState = 'recording' | 'limit' | 'disk' | 'failing';

export interface StoreStats {
  state: StoreState;
  problem: string | null;
  /** Records that the hub has not acknowledged. */
  waiting: number;
  /** By the box's clock. */
  oldestAtMs: number | null;
  bytes: number;
  limitBytes: number;
  /** Records that could not be kept, since this outbox was begun. */
  lost: number;
  /** Kept here, but not deliverable. */
  aside: number;
}

type Act = 'write' | 'ack' | 'void';
/** The moments between which a test lets the process die. */
export type StoreStep = `${Act}.${'begun' | 'done' | 'committed'}`;

export interface StoreOptions {
  folder: string;
  limitBytes: number;
  minFreeBytes: number;
  /** For what the store itself has to note. */
  stamp: () => Stamp;
  /** Both for tests. */
  freeBytes?: () => number;
  step?: (step: StoreStep) => void;
}

const DISK_FULL = 13;
/** Give room back to the disk when so much of the file is empty, and so much at a time. */
const SHRINK_PAGES = 4096;
/** Around each record in the file: its row, its seal, its JSON. */
const OVERHEAD_BYTES = 512;

/** The outbox's file: records in, in order and numbered; out only when the hub has them. Synchronous. */
export class OutboxStore {
  readonly #options: StoreOptions;
  readonly #losses = new LossLedger();
  #series: Series | null = null;
  #suspect = false;
  /** Since it last could not be read or written; the next write that succeeds clears it. */
  #failure: { state: 'disk' | 'failing'; problem: string } | null = null;
  /** What a person should know although all works. */
  #notice: string | null = null;

  /** Never throws: an outbox that cannot be opened is `failing`, and tries again with the next record. */
  constructor(options: StoreOptions) {
    this.#options = options;
    this.#attempt(() => this.#opened());
  }

  get outboxId(): string | null {
    return this.#series?.outboxId ?? null;
  }

  /** Whether the run before this one ended as it should. */
  get clean(): boolean {
    return this.#series?.clean ?? false;
  }

  /** Its number once it is safely on disk; null when it could not be kept, which is counted. */
  append(record: NewRecord): number | null {
    const { kind, stamp, data } = record;
    return this.#keep(kind, [{ kind, stamp, data, body: record.kind === 'vitals' ? record.body : NO_BODY }]);
  }

  /** A picture or a short film: kept whole or not at all. */
  appendCapture(stamp: Stamp, meta: Pick<Capture, 'mediaType' | 'label'>, bytes: Uint8Array): number | null {
    if (bytes.length < 1 || bytes.length > MAX_CAPTURE_BYTES)
      throw new RangeError('a capture is 1 byte to 16 MB');
    const parts = Math.ceil(bytes.length / CAPTURE_PART_BYTES);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const data: Capture = { ...meta, bytes: bytes.length, parts, sha256 };
    const rows: Row[] = [{ kind: 'capture', stamp, data, body: NO_BODY }];
    for (let part = 0; part < parts; part++) {
      const body = bytes.subarray(part * CAPTURE_PART_BYTES, (part + 1) * CAPTURE_PART_BYTES);
      rows.push({ kind: 'capturePart', stamp, data: { part }, body });
    }
    return this.#keep('capture', rows);
  }

  #keep(kind: RecordKind, rows: Row[]): number | null {
    const bytes = rows.reduce((sum, { body }) => sum + body.length + OVERHEAD_BYTES, 0);
    const outcome = this.#attempt(() => {
      const series = this.#opened();
      return (
        refusalFor(kind, bytes, this.#room(series)) ??
        this.#transaction('write', series, () => insertRecords(series, rows))
      );
    });
    if (typeof outcome === 'number') return outcome;
    const reason = outcome ?? (this.#failure?.state === 'disk' ? 'disk' : 'failure');
    this.#losses.count(kind, reason, rows[0]!.stamp.boxAtMs);
    this.#saveLosses();
    return null;
  }

  /** The oldest records that wait: at least one, if there is any, and no more than these limits allow. */
  waiting(limits: { maxBytes: number; maxRecords: number }): Waiting[] {
    for (;;) {
      const read = this.#attempt(() => readOldest(this.#opened(), limits));
      if (!read || read.damaged === null) return read?.found ?? [];
      if (!this.setAside(read.damaged, 'damaged')) return [];
    }
  }

  /** This record can never be delivered: it is kept aside, and a note of that goes in its place. */
  setAside(number: number, reason: 'refused' | 'damaged'): boolean {
    const stamp = this.#options.stamp();
    return (
      this.#attempt(() => {
        const series = this.#opened();
        this.#transaction('void', series, () => replaceByVoid(series, number, reason, stamp));
        this.#notice = `record ${number} was set aside: ${reason}`;
        return true;
      }) ?? false
    );
  }

  /**
   * The hub has everything up to this number.
   * @throws {RangeError} when it cannot have: no such number was ever given.
   */
  acknowledge(through: number): void {
    const possible = this.#attempt(() => {
      const series = this.#opened();
      if (!Number.isSafeInteger(through) || through < 0 || through > lastNumber(series)) return false;
      this.#transaction('ack', series, () => deleteThrough(series, through));
      if (pragma(series, 'freelist_count') > SHRINK_PAGES)
        series.db.exec(`PRAGMA incremental_vacuum(${SHRINK_PAGES})`);
      return true;
    });
    if (possible === false) throw new RangeError(`${through} was never given`);
  }

  /** Makes losses that ended before this moment of the box's clock known to the hub, each in the same step as it is forgotten. */
  reportLosses({ endedBeforeMs }: { endedBeforeMs: number }): void {
    if (this.#losses.unsaved > 0) this.#saveLosses();
    this.#attempt(() => {
      const series = this.#opened();
      for (const loss of this.#losses.saved(series.db)) {
        if (loss.untilMs >= endedBeforeMs) continue;
        if (refusalFor('event', OVERHEAD_BYTES, this.#room(series))) continue;
        this.#transaction('write', series, () => {
          this.#note(series, { type: 'outbox.lost', ...loss });
          this.#losses.forget(series.db, loss);
        });
      }
    });
  }

  /** On a full disk they stay in memory: that they are counted must not be another failure. */
  #saveLosses(): void {
    const failure = this.#failure;
    const saved = this.#attempt(() => {
      const series = this.#opened();
      this.#transaction('write', series, () => this.#losses.save(series.db));
      return true;
    });
    if (saved) this.#losses.wereSaved();
    this.#failure = failure;
  }

  #note(series: Series, data: Extract<BoxRecord, { kind: 'event' }>['data']): void {
    insertRecords(series, [{ kind: 'event', stamp: this.#options.stamp(), data, body: NO_BODY }]);
  }

  stats(): StoreStats {
    const read = this.#attempt(() => {
      const series = this.#opened();
      const { db } = series;
      const count = (table: 'record' | 'aside'): number =>
        Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
      const oldest = db.prepare('SELECT box_at_ms AS at FROM record ORDER BY number LIMIT 1').get();
      const room = this.#room(series);
      return {
        state: this.#failure?.state ?? refusalFor('vitals', OVERHEAD_BYTES, room) ?? ('recording' as const),
        problem: this.#failure?.problem ?? this.#notice,
        waiting: count('record'),
        oldestAtMs: oldest ? Number(oldest['at']) : null,
        bytes: room.usedBytes,
        lost: Number(db.prepare('SELECT lost AS n FROM series').get()?.['n']) + this.#losses.unsaved,
        aside: count('aside'),
      };
    });
    const { limitBytes } = this.#options;
    if (read) return { ...read, limitBytes };
    const { state, problem } = this.#failure ?? { state: 'failing', problem: null };
    const nothing = { waiting: 0, oldestAtMs: null, bytes: 0, aside: 0 };
    return { state, problem, ...nothing, limitBytes, lost: this.#losses.unsaved };
  }

  close(): void {
    if (this.#losses.unsaved > 0) this.#saveLosses();
    this.#attempt(() => this.#series?.db.exec('UPDATE series SET clean = 1'));
    this.#drop();
  }

  #opened(): Series {
    if (this.#series) return this.#series;
    const series = openSeries(this.#options.folder, { suspect: this.#suspect });
    this.#suspect = false;
    this.#series = series;
    const { begun } = series;
    if (begun) {
      this.#transaction('write', series, () => {
        this.#note(series, { type: 'outbox.begun', ...begun });
        series.db.exec('UPDATE series SET begun = NULL');
      });
      series.begun = null;
      if (begun.setAside) this.#notice = `begun anew (${begun.because}); the old one is ${begun.setAside}`;
    }
    return series;
  }

  #transaction<T>(name: Act, { db }: Series, act: () => T): T {
    const step = this.#options.step;
    step?.(`${name}.begun`);
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = act();
      step?.(`${name}.done`);
      db.exec('COMMIT');
      this.#failure = null;
      step?.(`${name}.committed`);
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Null when it failed; then `#failure` says why. A damaged file is replaced, and the act tried once more. */
  #attempt<T>(act: () => T): T | null {
    try {
      return this.#withReplacement(act);
    } catch (error) {
      const code = sqliteCode(error);
      const system = (error as NodeJS.ErrnoException | null)?.code;
      if (code === null && typeof system !== 'string') throw error;
      const isFull = code === DISK_FULL || system === 'ENOSPC' || system === 'EDQUOT';
      this.#failure = { state: isFull ? 'disk' : 'failing', problem: (error as Error).message };
      // After a full disk the connection is in order; after anything else it is opened anew.
      if (code !== DISK_FULL) this.#drop();
      return null;
    }
  }

  #withReplacement<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#drop();
      this.#suspect = true;
      return act();
    }
  }

  #drop(): void {
    const series = this.#series;
    this.#series = null;
    try {
      series?.db.close();
    } catch {
      // It failed before; what was committed is in the file.
    }
  }

  #room(series: Series) {
    const { folder, limitBytes, minFreeBytes, freeBytes = () => freeBytesOf(folder) } = this.#options;
    const usedPages = pragma(series, 'page_count') - pragma(series, 'freelist_count');
    return {
      usedBytes: usedPages * pragma(series, 'page_size'),
      limitBytes,
      freeBytes: freeBytes(),
      minFreeBytes,
    };
  }
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

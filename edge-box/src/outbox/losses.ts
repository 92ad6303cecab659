import type { DatabaseSync } from 'node:sqlite';
import type { RecordKind } from '../../../src/lib/signaling/contract/index.ts';

export type LossReason = 'limit' | 'disk' | 'failure';

/** So many records of a kind could not be kept, between these moments of the box's clock. */
export interface Loss {
  kind: RecordKind;
  reason: LossReason;
  count: number;
  fromMs: number;
  untilMs: number;
}

/** Counts what could not be kept: in the file, or in memory while not even that can be written. */
export class LossLedger {
  readonly #unsaved = new Map<string, Loss>();

  get unsaved(): number {
    return [...this.#unsaved.values()].reduce((sum, { count }) => sum + count, 0);
  }

  count(kind: RecordKind, reason: LossReason, atMs: number): void {
    const key = `${kind} ${reason}`;
    const known = this.#unsaved.get(key);
    this.#unsaved.set(key, {
      kind,
      reason,
      count: (known?.count ?? 0) + 1,
      fromMs: Math.min(known?.fromMs ?? atMs, atMs),
      untilMs: Math.max(known?.untilMs ?? atMs, atMs),
    });
  }

  /** Within a transaction; `wereSaved` when that is through. */
  save(db: DatabaseSync): void {
    const upsert = db.prepare(`
      INSERT INTO loss VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (kind, reason) DO UPDATE SET count = count + excluded.count,
        from_ms = min(from_ms, excluded.from_ms), until_ms = max(until_ms, excluded.until_ms)`);
    for (const { kind, reason, count, fromMs, untilMs } of this.#unsaved.values()) {
      upsert.run(kind, reason, count, fromMs, untilMs);
    }
    db.prepare('UPDATE series SET lost = lost + ?').run(this.unsaved);
  }

  wereSaved(): void {
    this.#unsaved.clear();
  }

  saved(db: DatabaseSync): Loss[] {
    return db
      .prepare('SELECT kind, reason, count, from_ms, until_ms FROM loss')
      .all()
      .map((row) => ({
        kind: row['kind'] as RecordKind,
        reason: row['reason'] as LossReason,
        count: Number(row['count']),
        fromMs: Number(row['from_ms']),
        untilMs: Number(row['until_ms']),
      }));
  }

  forget(db: DatabaseSync, { kind, reason }: Loss): void {
    db.prepare('DELETE FROM loss WHERE kind = ? AND reason = ?').run(kind, reason);
  }
}

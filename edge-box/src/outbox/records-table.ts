import type { BoxRecord, RecordKind } from '../../../src/lib/signaling/contract/index.ts';
import { SealBroken } from './seal.ts';
import type { Series } from './series-file.ts';

/** When and where: what every record says of itself. */
export type Stamp = Pick<BoxRecord, 'boxAtMs' | 'clockRun' | 'hubOffsetMs' | 'roomId'>;

export interface Row {
  kind: RecordKind;
  stamp: Stamp;
  data: unknown;
  body: Uint8Array;
}

/** What waits to be sent, as it goes over the wire. */
export interface Waiting {
  number: number;
  json: string;
  body: Uint8Array;
}

export const NO_BODY = new Uint8Array();

/** The statements on the records of an open series; whoever calls them has the transaction. */

/** Inserts with the next numbers; answers the first. */
export function insertRecords(series: Series, rows: readonly Row[]): number {
  const { db, seal } = series;
  const first = lastNumber(series) + 1;
  const insert = db.prepare('INSERT INTO record (number, kind, box_at_ms, sealed) VALUES (?, ?, ?, ?)');
  rows.forEach(({ kind, stamp, data, body }, i) => {
    const number = first + i;
    // Only here is it known which number the capture has.
    const whole = kind === 'capturePart' ? { capture: first, ...(data as object) } : data;
    const { boxAtMs, clockRun, hubOffsetMs, roomId } = stamp;
    const said = { number, kind, boxAtMs, clockRun, hubOffsetMs, roomId, data: whole, bytes: body.length };
    const sealed = seal.close(packed(JSON.stringify(said), body), about(series, number, kind));
    insert.run(number, kind, boxAtMs, sealed);
  });
  db.prepare('UPDATE series SET last_number = ?').run(first + rows.length - 1);
  return first;
}

export function lastNumber({ db }: Series): number {
  return Number(db.prepare('SELECT last_number AS n FROM series').get()?.['n']);
}

/**
 * The oldest records: at least one, if there is any, and no more than the limits allow. Stops before one that is
 * damaged, and names it when it is the first.
 */
export function readOldest(
  series: Series,
  { maxBytes, maxRecords }: { maxBytes: number; maxRecords: number },
): { found: Waiting[]; damaged: number | null } {
  const { db, seal } = series;
  const found: Waiting[] = [];
  let bytes = 0;
  const rows = db.prepare('SELECT number, kind, sealed FROM record ORDER BY number LIMIT ?');
  for (const row of rows.iterate(maxRecords)) {
    const number = Number(row['number']);
    const sealed = row['sealed'] as Uint8Array;
    if (found.length > 0 && bytes + sealed.length > maxBytes) break;
    try {
      found.push({ number, ...unpacked(seal.open(sealed, about(series, number, String(row['kind'])))) });
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      return { found, damaged: found.length === 0 ? number : null };
    }
    bytes += sealed.length;
  }
  return { found, damaged: null };
}

/** Keeps the record aside and puts a note of that, of the same number, in its place. */
export function replaceByVoid(
  series: Series,
  number: number,
  reason: 'refused' | 'damaged',
  stamp: Stamp,
): void {
  const { db, seal } = series;
  const row = db.prepare('SELECT kind, box_at_ms FROM record WHERE number = ?').get(number);
  if (!row || row['kind'] === 'void') return;
  const said = {
    ...{ number, kind: 'void', ...stamp, boxAtMs: Number(row['box_at_ms']) },
    data: { was: row['kind'], reason },
    bytes: 0,
  };
  db.prepare('INSERT INTO aside SELECT number, kind, box_at_ms, ?, sealed FROM record WHERE number = ?').run(
    reason,
    number,
  );
  db.prepare("UPDATE record SET kind = 'void', sealed = ? WHERE number = ?").run(
    seal.close(packed(JSON.stringify(said), NO_BODY), about(series, number, 'void')),
    number,
  );
}

export function deleteThrough({ db }: Series, through: number): void {
  db.prepare('DELETE FROM record WHERE number <= ?').run(through);
}

export function pragma({ db }: Series, name: 'page_count' | 'freelist_count' | 'page_size'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** Bound to a sealed record, so that it opens in its own place only. */
const about = ({ outboxId }: Series, number: number, kind: string): string => `${outboxId}:${number}:${kind}`;

function packed(json: string, body: Uint8Array): Buffer {
  const header = Buffer.from(json, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, body]);
}

function unpacked(plain: Buffer): { json: string; body: Uint8Array } {
  const length = plain.readUInt32BE(0);
  return { json: plain.toString('utf8', 4, 4 + length), body: plain.subarray(4 + length) };
}

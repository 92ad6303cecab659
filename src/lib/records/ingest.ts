import { createHash } from 'node:crypto';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import {
  HubError,
  RecordError,
  type BoxRecord,
  type RecordBatch,
  type RecordInBatch,
} from '../signaling/contract/index.ts';
import { boxOutbox, boxRecord, isDatabaseAway, type Database } from '../storage/index.ts';
import type { CaptureBytes, Transaction } from './capture-bytes.ts';
import { RoomClaims } from './room-claims.ts';
import { readVitals } from './vitals-body.ts';

type NewRow = typeof boxRecord.$inferInsert;

export interface RecordIngestParts {
  db: Database;
  captures: CaptureBytes;
  /** Hub time in ms. */
  now?: () => number;
  /** For tests: a moment at which the hub may die. */
  step?: (step: 'begun' | 'written' | 'committed') => void | Promise<void>;
}

/** Takes what boxes send: each record once, all of a batch or none of it. */
export class RecordIngest {
  readonly #parts: RecordIngestParts;

  constructor(parts: RecordIngestParts) {
    this.#parts = parts;
  }

  /**
   * Answers up to which number everything is committed. The same batch again changes nothing.
   * @throws {RecordError} invalid_message (names the first bad record), out_of_order (names the number that must come),
   * conflict (another record has this number); {HubError} unavailable
   */
  async accept(boxId: string, batch: RecordBatch): Promise<{ outboxId: string; through: number }> {
    for (const { record, body } of batch.records) checkBody(record, body);
    try {
      const through = await this.#parts.db.transaction((tx) => this.#write(tx, boxId, batch));
      await this.#parts.step?.('committed');
      return { outboxId: batch.outboxId, through };
    } catch (error) {
      if (isDatabaseAway(error)) throw new HubError('unavailable', 'the database is away', { cause: error });
      throw error;
    }
  }

  async #write(tx: Transaction, boxId: string, batch: RecordBatch): Promise<number> {
    const { step, now = Date.now } = this.#parts;
    const { outboxId, records } = batch;
    const receivedAt = new Date(now());
    const ofOutbox = and(eq(boxOutbox.boxId, boxId), eq(boxOutbox.outboxId, outboxId));
    await tx
      .insert(boxOutbox)
      .values({ boxId, outboxId, firstAt: receivedAt, lastAt: receivedAt })
      .onConflictDoNothing();
    // A second request of the same box waits here: it may be this one, sent again.
    const [outbox] = await tx
      .select({ through: boxOutbox.through })
      .from(boxOutbox)
      .where(ofOutbox)
      .for('update');
    await step?.('begun');

    const through = outbox!.through;
    const known = await this.#refuseConflicts(tx, boxId, batch, through);
    const fresh = records.filter(({ record }) => !known.has(record.number));
    const claims = await RoomClaims.load(tx, boxId, [
      ...new Set(fresh.flatMap(({ record }) => record.roomId ?? [])),
    ]);
    const rows = fresh.map((sent) => toRow(boxId, outboxId, sent, claims, receivedAt));
    const gap = gapBefore(batch, through);
    if (gap) rows.unshift(gapRow(boxId, outboxId, gap, batch, receivedAt));
    if (rows.length > 0) await tx.insert(boxRecord).values(rows);
    for (const { record, body } of fresh) {
      if (record.kind === 'capturePart') await this.#putPart(tx, { boxId, outboxId }, record, body);
    }
    await correctTimes(tx, boxId, outboxId, fresh);
    const newThrough = Math.max(through, records.at(-1)!.record.number);
    await tx.update(boxOutbox).set({ through: newThrough, lastAt: receivedAt }).where(ofOutbox);
    await step?.('written');
    return newThrough;
  }

  /** Numbers that are here already, with the same content. */
  async #refuseConflicts(
    tx: Transaction,
    boxId: string,
    { outboxId, records }: RecordBatch,
    through: number,
  ): Promise<Set<number>> {
    const again = records.filter(({ record }) => record.number <= through);
    if (again.length === 0) return new Set();
    const rows = await tx
      .select({ number: boxRecord.number, digest: boxRecord.digest })
      .from(boxRecord)
      .where(
        and(
          eq(boxRecord.boxId, boxId),
          eq(boxRecord.outboxId, outboxId),
          inArray(
            boxRecord.number,
            again.map(({ record }) => record.number),
          ),
        ),
      );
    const digests = new Map(rows.map(({ number, digest }) => [number, digest]));
    for (const sent of again) {
      const digest = digests.get(sent.record.number);
      // A void stands for what was damaged at the box; that it is here whole is all the better.
      if (!digest || sent.record.kind === 'void') continue;
      if (!digest.equals(digestOf(sent))) {
        const { number } = sent.record;
        throw new RecordError('conflict', 'another record has this number', { record: number });
      }
    }
    return new Set(digests.keys());
  }

  async #putPart(
    tx: Transaction,
    { boxId, outboxId }: { boxId: string; outboxId: string },
    record: Extract<BoxRecord, { kind: 'capturePart' }>,
    body: Uint8Array,
  ): Promise<void> {
    const { capture, part } = record.data;
    const at = (number: number) =>
      and(eq(boxRecord.boxId, boxId), eq(boxRecord.outboxId, outboxId), eq(boxRecord.number, number));
    const [head] = await tx.select({ number: boxRecord.number }).from(boxRecord).where(at(capture));
    if (head) await this.#parts.captures.put(tx, { boxId, outboxId, number: capture }, part, body);
    // What it is a part of was lost, with its name and kind; the bytes are kept all the same.
    else
      await tx
        .update(boxRecord)
        .set({ body: Buffer.from(body) })
        .where(at(record.number));
  }
}

function checkBody(record: BoxRecord, body: Uint8Array): void {
  if (record.kind !== 'vitals') return;
  try {
    readVitals(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RecordError('invalid_message', `its vitals cannot be read: ${reason}`.slice(0, 300), {
      record: record.number,
    });
  }
}

/** The numbers between what is here and the batch, when the box has said that it has them no more. */
function gapBefore(batch: RecordBatch, through: number): { from: number; until: number } | null {
  const first = batch.records[0]!.record.number;
  const expected = through + 1;
  if (first <= expected) return null;
  if (batch.gapFrom !== expected) {
    throw new RecordError('out_of_order', `${expected} must come first`, { record: first, expected });
  }
  return { from: expected, until: first - 1 };
}

const digestOf = ({ json, body }: RecordInBatch): Buffer =>
  createHash('sha256').update(json).update('\0').update(body).digest();

function toRow(
  boxId: string,
  outboxId: string,
  sent: RecordInBatch,
  claims: RoomClaims,
  receivedAt: Date,
): NewRow {
  const { record, body } = sent;
  const { number, kind, boxAtMs, clockRun, hubOffsetMs, roomId, data } = record;
  const takenAtMs = hubOffsetMs === null ? null : boxAtMs + hubOffsetMs;
  const roomClaim = claims.judge(roomId, takenAtMs);
  return {
    ...{ boxId, outboxId, number, kind, boxAtMs, clockRun, hubOffsetMs, receivedAt, roomClaim, data },
    digest: digestOf(sent),
    takenAt: takenAtMs === null ? null : new Date(takenAtMs),
    durationMs: record.kind === 'vitals' ? record.data.durationMs : 0,
    roomId: roomClaim === 'confirmed' ? roomId : null,
    claimedRoomId: roomId,
    body: record.kind === 'vitals' ? Buffer.from(body) : null,
  };
}

function gapRow(
  boxId: string,
  outboxId: string,
  gap: { from: number; until: number },
  batch: RecordBatch,
  receivedAt: Date,
): NewRow {
  const { boxAtMs, clockRun } = batch.records[0]!.record;
  return {
    ...{ boxId, outboxId, number: gap.from, kind: 'gap', boxAtMs, clockRun, receivedAt },
    digest: Buffer.alloc(32),
    data: { until: gap.until },
    roomClaim: 'none',
  };
}

/** What was taken before the box had heard the hub's clock gets its true time once the same run of its clock knows it. */
async function correctTimes(
  tx: Transaction,
  boxId: string,
  outboxId: string,
  fresh: readonly RecordInBatch[],
): Promise<void> {
  for (const { record } of fresh) {
    if (record.kind !== 'clock' || record.hubOffsetMs === null) continue;
    await tx
      .update(boxRecord)
      .set({ takenAt: sql`to_timestamp((${boxRecord.boxAtMs} + ${record.hubOffsetMs}) / 1000.0)` })
      .where(
        and(
          eq(boxRecord.boxId, boxId),
          eq(boxRecord.outboxId, outboxId),
          eq(boxRecord.clockRun, record.clockRun),
          isNull(boxRecord.takenAt),
        ),
      );
  }
}

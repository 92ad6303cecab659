import type { RecordBatch } from '../signaling/contract/index.ts';
import type { Database } from '../storage/index.ts';
import { CaptureBytesInDatabase } from './capture-bytes.ts';
import { RecordIngest } from './ingest.ts';

/** What boxes measured, captured and noted: how it comes in, and how a room's part of it is read. */
export class Records {
  readonly #ingest: RecordIngest;

  constructor(db: Database) {
    this.#ingest = new RecordIngest({ db, captures: new CaptureBytesInDatabase(db) });
  }

  /** @see RecordIngest.accept */
  accept(boxId: string, batch: RecordBatch): Promise<{ outboxId: string; through: number }> {
    return this.#ingest.accept(boxId, batch);
  }
}

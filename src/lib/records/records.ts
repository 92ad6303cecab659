import type { Capture, RecordBatch } from '../signaling/contract/index.ts';
import type { Database } from '../storage/index.ts';
import { CaptureBytesInDatabase, type CaptureKey } from './capture-bytes.ts';
import { RecordIngest } from './ingest.ts';
import { RoomRecords, type RoomRecord, type StandingAt } from './room-record.ts';

/** What boxes measured, captured and noted: how it comes in, and how a room's part of it is read. */
export class Records {
  readonly #ingest: RecordIngest;
  readonly #rooms: RoomRecords;

  constructor(db: Database) {
    const captures = new CaptureBytesInDatabase(db);
    this.#ingest = new RecordIngest({ db, captures });
    this.#rooms = new RoomRecords(db, captures);
  }

  /** @see RecordIngest.accept */
  accept(boxId: string, batch: RecordBatch): Promise<{ outboxId: string; through: number }> {
    return this.#ingest.accept(boxId, batch);
  }

  /** Who may read it is the caller's to decide. @see RoomRecords.read */
  ofRoom(roomId: string, standingAt: StandingAt = () => 'counted'): Promise<RoomRecord | null> {
    return this.#rooms.read(roomId, standingAt);
  }

  /** @see RoomRecords.captureOf */
  captureOf(
    roomId: string,
    key: CaptureKey,
  ): Promise<{ capture: Capture; bytes: Buffer; takenAtMs: number }> {
    return this.#rooms.captureOf(roomId, key);
  }
}

import { and, asc, eq } from 'drizzle-orm';
import { boxCapturePart, type Database } from '../storage/index.ts';

/** Names a capture among all captures of all boxes. */
export interface CaptureKey {
  boxId: string;
  outboxId: string;
  /** Of the capture's own record. */
  number: number;
}

export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

/** Where the bytes of captures lie: in the database for now; an object store takes its place behind this. */
export interface CaptureBytes {
  /** Within the transaction of the record that carries the part. */
  put(tx: Transaction, key: CaptureKey, part: number, bytes: Uint8Array): Promise<void>;
  /** What has arrived, in order. */
  read(key: CaptureKey): Promise<Buffer>;
}

export class CaptureBytesInDatabase implements CaptureBytes {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async put(tx: Transaction, key: CaptureKey, part: number, bytes: Uint8Array): Promise<void> {
    const { boxId, outboxId, number } = key;
    await tx
      .insert(boxCapturePart)
      .values({ boxId, outboxId, capture: number, part, bytes: Buffer.from(bytes) });
  }

  async read({ boxId, outboxId, number }: CaptureKey): Promise<Buffer> {
    const parts = await this.#db
      .select({ bytes: boxCapturePart.bytes })
      .from(boxCapturePart)
      .where(
        and(
          eq(boxCapturePart.boxId, boxId),
          eq(boxCapturePart.outboxId, outboxId),
          eq(boxCapturePart.capture, number),
        ),
      )
      .orderBy(asc(boxCapturePart.part));
    return Buffer.concat(parts.map(({ bytes }) => bytes));
  }
}

import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from './database.ts';
import { boxService } from './schema-records.ts';

/** The history behind `room.boxId`: when which box served which room. Written in the transaction that changes that. */
type Queries = Pick<Database, 'update' | 'insert'>;

export async function beginBoxService(tx: Queries, roomId: string, boxId: string): Promise<void> {
  const now = new Date();
  // It serves one room at a time, whatever became of the one before.
  await tx
    .update(boxService)
    .set({ until: now })
    .where(and(eq(boxService.boxId, boxId), isNull(boxService.until)));
  await tx.insert(boxService).values({ roomId, boxId, since: now });
}

export async function endBoxService(tx: Queries, roomId: string): Promise<void> {
  await tx
    .update(boxService)
    .set({ until: new Date() })
    .where(and(eq(boxService.roomId, roomId), isNull(boxService.until)));
}

import { and, desc, eq, isNotNull, isNull, notInArray } from 'drizzle-orm';
import { randomBytes } from 'node:crypto';
import { HubError } from '../signaling/contract/index.ts';
import { boxLog, type Database } from '../storage/index.ts';

export interface LogBundle {
  logId: string;
  requestedAtMs: number;
  receivedAtMs: number | null;
}

/** So many are kept for a box. */
const KEPT = 5;

/** Log bundles: an administrator asks, the box sends, the administrator downloads. */
export function createLogs(db: Database, now: () => number) {
  return {
    async ask(boxId: string, requestedBy: string): Promise<string> {
      const id = `l_${randomBytes(12).toString('base64url')}`;
      // A second wish while the first waits is the same wish.
      await db.delete(boxLog).where(and(eq(boxLog.boxId, boxId), isNull(boxLog.receivedAt)));
      await db.insert(boxLog).values({ id, boxId, requestedBy, requestedAt: new Date(now()) });
      return id;
    },

    async wanted(boxId: string): Promise<string | null> {
      const [row] = await db
        .select({ id: boxLog.id })
        .from(boxLog)
        .where(and(eq(boxLog.boxId, boxId), isNull(boxLog.receivedAt)))
        .limit(1);
      return row?.id ?? null;
    },

    /** @throws {HubError} not_found when nobody asked this box for it. */
    async take(boxId: string, logId: string, content: string): Promise<void> {
      const taken = await db
        .update(boxLog)
        .set({ content, receivedAt: new Date(now()) })
        .where(and(eq(boxLog.id, logId), eq(boxLog.boxId, boxId), isNull(boxLog.receivedAt)))
        .returning({ id: boxLog.id });
      if (taken.length === 0) throw new HubError('not_found', 'this log was not asked for');
      const kept = db
        .select({ id: boxLog.id })
        .from(boxLog)
        .where(and(eq(boxLog.boxId, boxId), isNotNull(boxLog.receivedAt)))
        .orderBy(desc(boxLog.requestedAt))
        .limit(KEPT);
      await db
        .delete(boxLog)
        .where(and(eq(boxLog.boxId, boxId), isNotNull(boxLog.receivedAt), notInArray(boxLog.id, kept)));
    },

    async list(boxId: string): Promise<LogBundle[]> {
      const rows = await db
        .select({ id: boxLog.id, requestedAt: boxLog.requestedAt, receivedAt: boxLog.receivedAt })
        .from(boxLog)
        .where(eq(boxLog.boxId, boxId))
        .orderBy(desc(boxLog.requestedAt));
      return rows.map((row) => ({
        logId: row.id,
        requestedAtMs: row.requestedAt.getTime(),
        receivedAtMs: row.receivedAt?.getTime() ?? null,
      }));
    },

    /** @throws {HubError} not_found */
    async read(boxId: string, logId: string): Promise<string> {
      const [row] = await db
        .select({ content: boxLog.content })
        .from(boxLog)
        .where(and(eq(boxLog.id, logId), eq(boxLog.boxId, boxId)));
      if (!row?.content) throw new HubError('not_found', 'no such log');
      return row.content;
    },
  };
}

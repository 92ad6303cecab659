import { eq, sql } from 'drizzle-orm';
import { HubError } from '../signaling/contract/index.ts';
import { loginAttempt, type Database } from '../storage/index.ts';
import { hashOf } from './ids.ts';

export interface Throttle {
  /**
   * Counts a try before it is made, so that tries at the same time count as well.
   * @throws {HubError} rate_limited
   */
  spend(key: string, most: number): Promise<void>;
  /** The try succeeded: the count starts anew. */
  clear(key: string): Promise<void>;
}

/** In the database, so that it holds over all nodes and restarts. */
export function createThrottle(db: Database, now: () => number, windowMs: number): Throttle {
  return {
    async spend(key, most) {
      const at = new Date(now());
      const windowEndsAt = new Date(now() + windowMs);
      const isOver = sql`${loginAttempt.windowEndsAt} <= ${at.toISOString()}`;
      const [row] = await db
        .insert(loginAttempt)
        .values({ key: hashOf(key), count: 1, windowEndsAt })
        .onConflictDoUpdate({
          target: loginAttempt.key,
          set: {
            count: sql`CASE WHEN ${isOver} THEN 1 ELSE ${loginAttempt.count} + 1 END`,
            windowEndsAt: sql`CASE WHEN ${isOver} THEN excluded.window_ends_at ELSE ${loginAttempt.windowEndsAt} END`,
          },
        })
        .returning({ count: loginAttempt.count });
      if (row!.count > most)
        throw new HubError('rate_limited', 'too many wrong tries; wait a quarter of an hour');
    },
    async clear(key) {
      await db.delete(loginAttempt).where(eq(loginAttempt.key, hashOf(key)));
    },
  };
}

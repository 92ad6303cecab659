import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm';
import { HubError, type BoxConfig, type BoxReport } from '../signaling/contract/index.ts';
import { account, boxConfig, isUniqueViolation, type Database } from '../storage/index.ts';

export interface ConfigVersion {
  version: number;
  document: BoxConfig;
  author: string;
  createdAtMs: number;
  restoredFrom: number | null;
  outcome: typeof boxConfig.$inferSelect.outcome;
  reason: string;
  outcomeAtMs: number | null;
}

const SHOWN_VERSIONS = 50;
/** Two administrators at once: the second takes the number behind. */
const TRIES = 3;

/** The configurations of boxes: a line of versions each, never changed, only followed. */
export function createConfigs(db: Database, now: () => number) {
  async function add(made: {
    boxId: string;
    document: BoxConfig;
    authorId: string;
    restoredFrom: number | null;
  }): Promise<number> {
    for (let tries = 1; ; tries++) {
      try {
        return await db.transaction(async (tx) => {
          const [last] = await tx
            .select({ version: sql<number>`coalesce(max(${boxConfig.version}), 0)::int` })
            .from(boxConfig)
            .where(eq(boxConfig.boxId, made.boxId));
          const version = (last?.version ?? 0) + 1;
          await tx.insert(boxConfig).values({ ...made, version, createdAt: new Date(now()) });
          await tx
            .update(boxConfig)
            .set({ outcome: 'replaced', outcomeAt: new Date(now()) })
            .where(
              and(
                eq(boxConfig.boxId, made.boxId),
                lt(boxConfig.version, version),
                eq(boxConfig.outcome, 'waiting'),
              ),
            );
          return version;
        });
      } catch (error) {
        if (tries === TRIES || !isUniqueViolation(error)) throw error;
      }
    }
  }

  return {
    save: (boxId: string, document: BoxConfig, authorId: string): Promise<number> =>
      add({ boxId, document, authorId, restoredFrom: null }),

    /** Brings an earlier version back as a new one. @throws {HubError} not_found */
    async restore(boxId: string, version: number, authorId: string): Promise<number> {
      const [earlier] = await db
        .select({ document: boxConfig.document })
        .from(boxConfig)
        .where(and(eq(boxConfig.boxId, boxId), eq(boxConfig.version, version)));
      if (!earlier) throw new HubError('not_found', 'no such version');
      return add({ boxId, document: earlier.document, authorId, restoredFrom: version });
    },

    /** Newest first. */
    async list(boxId: string): Promise<ConfigVersion[]> {
      const rows = await db
        .select({ config: boxConfig, author: account.displayName })
        .from(boxConfig)
        .innerJoin(account, eq(account.id, boxConfig.authorId))
        .where(eq(boxConfig.boxId, boxId))
        .orderBy(desc(boxConfig.version))
        .limit(SHOWN_VERSIONS);
      return rows.map(({ config, author }) => ({
        version: config.version,
        document: config.document,
        author,
        createdAtMs: config.createdAt.getTime(),
        restoredFrom: config.restoredFrom,
        outcome: config.outcome,
        reason: config.reason,
        outcomeAtMs: config.outcomeAt?.getTime() ?? null,
      }));
    },

    /** What became of each box's newest version. */
    async newestOutcomes(boxIds: string[]): Promise<Map<string, ConfigVersion['outcome']>> {
      if (boxIds.length === 0) return new Map();
      const rows = await db
        .selectDistinctOn([boxConfig.boxId], { boxId: boxConfig.boxId, outcome: boxConfig.outcome })
        .from(boxConfig)
        .where(inArray(boxConfig.boxId, boxIds))
        .orderBy(boxConfig.boxId, desc(boxConfig.version));
      return new Map(rows.map(({ boxId, outcome }) => [boxId, outcome]));
    },

    /** Writes down what the box says became of its configuration, and answers the version that it should take, if any. */
    async follow(
      boxId: string,
      { version, trial, failed }: BoxReport['config'],
    ): Promise<{ version: number; document: BoxConfig } | null> {
      const [newest] = await db
        .select()
        .from(boxConfig)
        .where(and(eq(boxConfig.boxId, boxId), inArray(boxConfig.outcome, ['waiting', 'applied'])))
        .orderBy(desc(boxConfig.version))
        .limit(1);
      if (!newest) return null;
      const waiting = newest.outcome === 'waiting';
      if (waiting && failed?.version === newest.version) {
        await settle(boxId, newest.version, failed.outcome, failed.reason);
        return null;
      }
      if (newest.version !== version) return { version: newest.version, document: newest.document };
      if (waiting && !trial) await settle(boxId, version, 'applied', '');
      return null;
    },
  };

  async function settle(
    boxId: string,
    version: number,
    outcome: 'applied' | 'refused' | 'rolled_back',
    reason: string,
  ): Promise<void> {
    await db
      .update(boxConfig)
      .set({ outcome, reason, outcomeAt: new Date(now()) })
      .where(
        and(eq(boxConfig.boxId, boxId), eq(boxConfig.version, version), eq(boxConfig.outcome, 'waiting')),
      );
  }
}

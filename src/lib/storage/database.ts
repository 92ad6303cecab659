import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { isDatabaseAway } from './errors.ts';
import * as schema from './schema.ts';

const MIGRATIONS = path.join(import.meta.dirname, 'migrations');
/** Any number that no other user of this database takes; ours: "rui" in ASCII. */
const MIGRATION_LOCK = 0x72_75_69;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
const POOL_SIZE = 12;
/** Who waits longer than this for a connection hears that the database is away. */
const CONNECT_TIMEOUT_MS = 5000;

export type Database = NodePgDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

export interface OpenDatabase {
  db: Database;
  close(): Promise<void>;
}

/** What this part needs of a logger; a pino logger fits. */
export interface DatabaseLog {
  warn(details: object, message: string): void;
}

/**
 * Brings the database's tables up to date and opens a pool of connections. While the server is away it waits and
 * tries again, until `signal` says to give up. Any number of nodes may do this at once. Later outages do not end the
 * process: queries fail, and work again when the server is back.
 * @throws what PostgreSQL says when it answers and refuses (password, missing database, a failed migration).
 */
export async function openDatabase(options: {
  url: string;
  log: DatabaseLog;
  signal?: AbortSignal;
}): Promise<OpenDatabase> {
  const { url, log, signal } = options;
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
    signal?.throwIfAborted();
    try {
      await bringUpToDate(url);
      break;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      log.warn({ reason: (error as Error).message, retryMs }, 'the database does not answer; trying again');
      await delay(retryMs, undefined, { signal });
    }
  }
  const pool = openPool(url, log);
  return { db: drizzle({ client: pool, schema }), close: () => pool.end() };
}

async function bringUpToDate(url: string): Promise<void> {
  // Its own connection: the lock belongs to it and goes with it, and may be waited for longer than a query may take.
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // the query that was under way rejects as well
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(drizzle({ client }), {
      migrationsFolder: MIGRATIONS,
      migrationsSchema: 'public',
      migrationsTable: 'schema_migration',
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function openPool(url: string, log: DatabaseLog): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: 10_000,
    // A server that vanished without a word must not hold a page for ever.
    query_timeout: 12_000,
    keepAlive: true,
    idle_in_transaction_session_timeout: 30_000,
  });
  const lost = (error: Error): void => log.warn({ reason: error.message }, 'a database connection was lost');
  pool.on('error', lost);
  // The pool listens only while a connection is idle; one lost in the midst of a transaction would end the process.
  pool.on('connect', (client) => client.on('error', lost));
  return pool;
}

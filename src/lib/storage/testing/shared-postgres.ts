import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../index.ts';
import { startTestPostgres } from './test-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated database that nobody uses: test files copy it. */
    templateUrl: string;
  }
}

/** Two test files at a time, some with a connection for each of fifty people. */
const MOST_CONNECTIONS = 200;

/** One PostgreSQL for all test files of a run: making a server takes seconds, copying a migrated database a tenth of one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres({ maxConnections: MOST_CONNECTIONS });
  try {
    const opened = await openDatabase({ url: postgres.url, log: { warn: () => undefined } });
    await opened.close();
    await letCopy(postgres.url);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  project.provide('templateUrl', postgres.url);
  return () => postgres.stop();
}

/** The hub's own role may not make databases; the superuser has the same password. */
async function letCopy(url: string): Promise<void> {
  const { username } = new URL(url);
  const superuser = Object.assign(new URL(url), { username: 'postgres', pathname: '/postgres' });
  const client = new pg.Client({ connectionString: superuser.href });
  await client.connect();
  try {
    await client.query(`ALTER ROLE ${client.escapeIdentifier(username)} CREATEDB`);
  } finally {
    await client.end();
  }
}

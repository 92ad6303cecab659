import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { openDatabase, type Database } from '../index.ts';

const INSUFFICIENT_PRIVILEGE = '42501';

export interface TestDatabase {
  db: Database;
  url: string;
  stop(): Promise<void>;
}

/** A migrated database of its own on the run's PostgreSQL (`shared-postgres.ts`). */
export async function startTestDatabase(): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'));
  const name = `test_${randomBytes(8).toString('hex')}`;
  const own = Object.assign(new URL(template), { pathname: `/${name}` });
  const makers = Object.assign(new URL(template), { pathname: '/postgres' });
  await query(makers, `CREATE DATABASE ${name} TEMPLATE ${template.pathname.slice(1)}`);
  const drop = () =>
    query(makers, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch((error: unknown) => {
      if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
      // PostgreSQL's own autovacuum is at it, which nobody may end by force; without, it is asked to go.
      return query(makers, `DROP DATABASE IF EXISTS ${name}`);
    });
  try {
    const opened = await openDatabase({ url: own.href, log: { warn: () => undefined } });
    return {
      db: opened.db,
      url: own.href,
      stop: async () => {
        await opened.close();
        await drop();
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

async function query(url: URL, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

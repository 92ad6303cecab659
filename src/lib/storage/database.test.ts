import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { eq, sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { institution, isDatabaseAway, isUniqueViolation, openDatabase } from './index.ts';
import type { OpenDatabase } from './index.ts';
import { startTestPostgres } from './testing/test-postgres.ts';

const log = { warn: vi.fn() };
let postgres: Awaited<ReturnType<typeof startTestPostgres>>;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

async function migrationsRun(opened: OpenDatabase): Promise<number> {
  const result = await opened.db.execute(sql`select count(*)::int as count from schema_migration`);
  return (result.rows[0] as { count: number }).count;
}

it('migrates an empty database once, however many nodes start at once, and again', async () => {
  const files = await readdir(path.join(import.meta.dirname, 'migrations'));
  const migrations = files.filter((name) => name.endsWith('.sql')).length;
  const nodes = await Promise.all(Array.from({ length: 6 }, () => openDatabase({ url: postgres.url, log })));
  expect(await migrationsRun(nodes[0]!)).toBe(migrations);
  await Promise.all(nodes.map((node) => node.close()));
  const again = await openDatabase({ url: postgres.url, log });
  expect(await migrationsRun(again)).toBe(migrations);
  await again.close();
});

it('has a migration for everything in the schema', async () => {
  const folder = path.join(import.meta.dirname, 'migrations', 'meta');
  const journal = JSON.parse(await readFile(path.join(folder, '_journal.json'), 'utf8')) as {
    entries: { idx: number }[];
  };
  const last = String(journal.entries.at(-1)!.idx).padStart(4, '0');
  const previous = JSON.parse(await readFile(path.join(folder, `${last}_snapshot.json`), 'utf8')) as {
    id: string;
  };
  const { generateDrizzleJson, generateMigration } = await import('drizzle-kit/api');
  const files = (await readdir(import.meta.dirname)).filter((name) => /^schema.*\.ts$/.test(name));
  const parts = await Promise.all(files.map((name) => import(`./${name}`) as Promise<object>));
  const schema = Object.assign({}, ...parts) as Record<string, unknown>;
  type Snapshot = Parameters<typeof generateMigration>[0];
  const present = generateDrizzleJson(schema, previous.id);
  expect(await generateMigration(previous as unknown as Snapshot, present)).toEqual([]);
});

it('refuses what the tables do not allow, and says which way', async () => {
  const { db, close } = await openDatabase({ url: postgres.url, log });
  try {
    await db.insert(institution).values({ id: 'inst', name: '测试医院' });
    const twice = await db
      .insert(institution)
      .values({ id: 'inst', name: 'x' })
      .catch((error: unknown) => error);
    expect(isUniqueViolation(twice)).toBe(true);
    expect(isDatabaseAway(twice)).toBe(false);
    const account = (username: string, roles: string) => sql`
      insert into account (id, username, display_name, password_hash, roles, institution_id)
      values (${username}, ${username}, 'x', 'x', ${roles}::text[], 'inst')`;
    await db.execute(account('ok', '{nurse}'));
    for (const [username, roles] of [
      ['god', '{god}'],
      ['none', '{}'],
      ['Upper', '{nurse}'],
    ] as const) {
      await expect(db.execute(account(username, roles)), username).rejects.toMatchObject({
        cause: { code: '23514' },
      });
    }
  } finally {
    await close();
  }
});

it('outlives an outage in the midst of a transaction, and works again afterwards', async () => {
  const { db, close } = await openDatabase({ url: postgres.url, log });
  try {
    const inTransaction = db.transaction(async (tx) => {
      await tx.execute(sql`select 1`);
      const downAgain = postgres.server.restart(300);
      // Until the server has let go of the connection, nothing is in flight on it: the error has nobody to go to.
      await vi.waitFor(() =>
        expect(log.warn).toHaveBeenCalledWith(expect.anything(), expect.stringMatching(/lost/)),
      );
      const failed = await tx.execute(sql`select 1`).catch((error: unknown) => error);
      await downAgain;
      throw failed;
    });
    const failure = await inTransaction.catch((error: unknown) => error);
    expect(isDatabaseAway(failure)).toBe(true);
    expect(await db.select().from(institution).where(eq(institution.id, 'inst'))).toHaveLength(1);
  } finally {
    await close();
  }
});

it('waits for a server that is not there yet', async () => {
  const back = postgres.server.restart(1500);
  await vi.waitFor(async () => {
    const client = new pg.Client({ connectionString: postgres.url });
    await expect(client.connect()).rejects.toThrow();
  });
  log.warn.mockClear();
  const opened = await openDatabase({ url: postgres.url, log });
  expect(log.warn).toHaveBeenCalledWith(expect.objectContaining({ retryMs: 100 }), expect.any(String));
  await opened.db.execute(sql`select 1`);
  await Promise.all([opened.close(), back]);
});

it('does not wait for what waiting cannot mend, nor when told to stop', async () => {
  const wrong = postgres.url.replace(/:[0-9a-f]{48}@/, ':guess@');
  await expect(openDatabase({ url: wrong, log })).rejects.toThrow(/password authentication failed/);
  const nobody = 'postgres://x:y@127.0.0.1:1/z';
  const stop = AbortSignal.timeout(250);
  await expect(openDatabase({ url: nobody, log, signal: stop })).rejects.toThrow(/abort/i);
});

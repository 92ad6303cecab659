import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemFolderFor } from './data-dir.ts';
import { lockFolder } from './folder-lock.ts';
import { FolderInUseError, startEmbeddedPostgres, startEmbeddedRedis } from './index.ts';
import type { EmbeddedPostgres, EmbeddedRedis } from './index.ts';
import { processesIn } from './orphans.ts';
import { temporaryDataDir } from './testing.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const isRoot = process.getuid?.() === 0;

let dataDir: string;
let running: (EmbeddedPostgres | EmbeddedRedis)[];

beforeEach(async () => {
  running = [];
  dataDir = await temporaryDataDir();
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

async function start<T extends EmbeddedPostgres | EmbeddedRedis>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  running.push(server);
  return server;
}

async function query<T>(url: string, sql: string): Promise<T | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0] as T;
  } finally {
    await client.end();
  }
}

function clientFor(url: string) {
  return createClient({ url, socket: { reconnectStrategy: false } });
}

async function withRedis<T>(
  url: string,
  use: (client: ReturnType<typeof clientFor>) => Promise<T>,
): Promise<T> {
  const client = clientFor(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

/** A hub of its own, which starts both servers and then says their process ids. */
async function startOtherHub(): Promise<{ end(signal: NodeJS.Signals): Promise<void>; pids: number[] }> {
  const code = `
    import { startEmbeddedPostgres, startEmbeddedRedis } from ${JSON.stringify(path.join(import.meta.dirname, 'index.ts'))};
    const log = { info() {}, warn() {}, error() {} };
    const options = { dataDir: ${JSON.stringify(dataDir)}, log };
    const servers = await Promise.all([startEmbeddedPostgres(options), startEmbeddedRedis(options)]);
    process.once('SIGTERM', () => Promise.all(servers.map((server) => server.stop())).then(() => process.exit()));
    console.log(JSON.stringify(servers.map((server) => server.pid)));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return {
    pids: JSON.parse(first.value as string) as number[],
    end: async (signal) => {
      child.kill(signal);
      await gone;
    },
  };
}

describe('embedded PostgreSQL', () => {
  it('keeps data over a stop, and hides its password', async () => {
    const first = await startEmbeddedPostgres({ dataDir, log: silent });
    await query(first.url, "CREATE TABLE note AS SELECT '会诊' AS text");
    expect(await query(first.url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toBe(false);
    expect(await query(first.url, 'SHOW fsync')).toBe('on');
    await first.stop();
    const second = await start(startEmbeddedPostgres({ dataDir, log: silent }));
    expect(await query(second.url, 'SELECT text FROM note')).toBe('会诊');
    expect((await stat(path.join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700);
    const wrong = second.url.replace(/:[0-9a-f]{48}@/, ':guess@');
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('comes back at the same address after its process is killed', async () => {
    const server = await start(startEmbeddedPostgres({ dataDir, log: silent }));
    const before = server.pid!;
    process.kill(before, 'SIGKILL');
    await vi.waitFor(async () => expect(await query(server.url, 'SELECT 1')).toBe(1), { timeout: 15_000 });
    expect(server.pid).not.toBe(before);
  });

  it('refuses a folder that another hub holds', async () => {
    const other = await startOtherHub();
    try {
      const folder = path.join(dataDir, 'postgres');
      const refused = lockFolder(folder, silent, 0);
      await expect(refused).rejects.toThrow(FolderInUseError);
      await expect(refused).rejects.toThrow(/in use by process \d+/);
    } finally {
      await other.end('SIGTERM');
    }
  });

  it.runIf(isRoot)('finds a place for data when the service account cannot reach the folder', async () => {
    await chmod(dataDir, 0o700);
    const place = await systemFolderFor(dataDir, 'postgres');
    try {
      const server = await start(startEmbeddedPostgres({ dataDir, log: silent }));
      expect(await query(server.url, 'SELECT 1')).toBe(1);
      expect(existsSync(path.join(place, 'cluster'))).toBe(true);
      await running.pop()?.stop();
    } finally {
      await rm(path.dirname(place), { recursive: true, force: true });
    }
  });
});

describe('embedded Redis', () => {
  it('keeps data over a stop, and asks for its password', async () => {
    const first = await startEmbeddedRedis({ dataDir, log: silent });
    await withRedis(first.url, (client) => client.set('room', '7'));
    await first.stop();
    const second = await start(startEmbeddedRedis({ dataDir, log: silent }));
    expect(await withRedis(second.url, (client) => client.get('room'))).toBe('7');
    expect((await stat(path.join(dataDir, 'redis', 'redis.conf'))).mode & 0o777).toBe(0o600);
    await expect(
      withRedis(second.url.replace(/:[^/].*@/, ''), (client) => client.get('room')),
    ).rejects.toThrow(/NOAUTH/);
  });

  it('comes back at the same address after its process is killed', async () => {
    const server = await start(startEmbeddedRedis({ dataDir, log: silent }));
    const before = server.pid!;
    process.kill(before, 'SIGKILL');
    await vi.waitFor(() => withRedis(server.url, (client) => client.ping()), { timeout: 10_000 });
    expect(server.pid).not.toBe(before);
  });

  it('stays away for the time asked', async () => {
    const server = await start(startEmbeddedRedis({ dataDir, log: silent }));
    const restarted = server.restart(500);
    await vi.waitFor(() => expect(withRedis(server.url, (client) => client.ping())).rejects.toThrow());
    await restarted;
    expect(await withRedis(server.url, (client) => client.ping())).toBe('PONG');
  });
});

it('takes over what a killed hub left running', async () => {
  const other = await startOtherHub();
  await other.end('SIGKILL');
  expect(other.pids.map((pid) => existsSync(`/proc/${pid}`))).toEqual([true, true]);

  const warnings: string[] = [];
  const log = { ...silent, warn: (message: string) => warnings.push(message) };
  const [database, redis] = await Promise.all([
    start(startEmbeddedPostgres({ dataDir, log })),
    start(startEmbeddedRedis({ dataDir, log })),
  ]);
  expect(await query(database.url, 'SELECT 1')).toBe(1);
  expect(await withRedis(redis.url, (client) => client.ping())).toBe('PONG');
  expect(warnings.filter((text) => text.includes('left over'))).toHaveLength(2);
  expect(await processesIn(path.join(dataDir, 'redis'), 'redis-server')).toEqual([redis.pid]);
});

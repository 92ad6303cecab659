import { chmod, rm } from 'node:fs/promises';
import { openDatabase, type Database } from '../index.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/index.ts';
import { temporaryDataDir } from '../embedded/testing.ts';

export interface TestDatabase {
  db: Database;
  url: string;
  server: EmbeddedPostgres;
  stop(): Promise<void>;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A real PostgreSQL of its own in a temporary folder. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const { url, server, stop } = await startTestPostgres();
  try {
    const opened = await openDatabase({ url, log: silent });
    return {
      db: opened.db,
      url,
      server,
      stop: async () => {
        await opened.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The same without tables. */
export async function startTestPostgres(): Promise<Omit<TestDatabase, 'db'>> {
  const dataDir = await temporaryDataDir();
  await chmod(dataDir, 0o755); // the account that the server runs as must get in
  const server = await startEmbeddedPostgres({ dataDir, log: silent });
  return {
    url: server.url,
    server,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

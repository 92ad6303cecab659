import { chmod, rm } from 'node:fs/promises';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/index.ts';
import { temporaryDataDir } from '../embedded/testing.ts';

export interface TestPostgres {
  url: string;
  server: EmbeddedPostgres;
  stop(): Promise<void>;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A real PostgreSQL of its own in a temporary folder, without tables; for tests that stop it. */
export async function startTestPostgres(options: { maxConnections?: number } = {}): Promise<TestPostgres> {
  const dataDir = await temporaryDataDir();
  await chmod(dataDir, 0o755); // the account that the server runs as must get in
  const server = await startEmbeddedPostgres({ dataDir, log: silent, ...options });
  return {
    url: server.url,
    server,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { startHub, type Hub } from '../../src/hub.ts';
import { readSettings } from '../../src/lib/settings.ts';
import { temporaryDataDir } from '../../src/lib/storage/embedded/testing.ts';

export interface LocalHub {
  hub: Hub;
  url: string;
  close(): Promise<void>;
}

/** A whole hub with its real Redis, PostgreSQL and workers in this process, without pages. */
export async function startLocalHub(environment: Record<string, string> = {}): Promise<LocalHub> {
  const dataDir = await temporaryDataDir();
  const settings = readSettings({
    MEDIASOUP_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'],
    DATA_DIR: dataDir,
    DEMO: '0',
    ...environment,
  });
  const httpServer = createServer();
  const hub = await startHub({
    settings,
    httpServer,
    log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
  });
  httpServer.listen(0, '127.0.0.1');
  await once(httpServer, 'listening');
  return {
    hub,
    url: `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`,
    async close() {
      await hub.close();
      httpServer.closeAllConnections();
      httpServer.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

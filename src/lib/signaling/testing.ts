import { rm } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import type { Principal } from '../identity/principal.ts';
import { startEmbeddedRedis } from '../storage/embedded/index.ts';
import { openBus, type Bus } from './bus/index.ts';
import { connectSignaling, type SignalingClient } from './client/index.ts';
import { attachSignaling, type Call, type SignalingServer } from './server/index.ts';
import { temporaryDataDir } from '../storage/embedded/testing.ts';

/** For tests: a real Redis, a real socket server, and clients whose token is the principal as JSON. */
export interface SignalingRig {
  bus: Bus;
  server: SignalingServer;
  url: string;
  disconnected: { connectionId: string; roomIds: string[] }[];
  /** Addresses that sockets were opened from, in their order. */
  cameFrom: (string | undefined)[];
  /** What the hub does with parsed requests; tests replace it. */
  dispatch: (call: Call) => Promise<unknown>;
  client(principal?: Principal): SignalingClient;
  restartHttp(downMs: number): Promise<void>;
  close(): Promise<void>;
}

export const specialist: Principal = {
  kind: 'account',
  principalId: 'a_specialist',
  accountId: 'specialist',
  name: '李卫国',
  roles: ['specialist'],
  institutionId: 'i_test',
};

export async function signalingRig(): Promise<SignalingRig> {
  const log = pino({ level: 'silent' });
  const dataDir = await temporaryDataDir();
  const redis = await startEmbeddedRedis({ dataDir, log });
  const bus = await openBus({ redisUrl: redis.url, nodeId: 'node-one', log, leaseTtlMs: 1000 });
  const clients: SignalingClient[] = [];
  const disconnected: SignalingRig['disconnected'] = [];
  let httpServer: HttpServer;

  const rig: SignalingRig = {
    bus,
    server: undefined as never,
    url: '',
    disconnected,
    cameFrom: [],
    dispatch: async () => ({}),
    client(principal = specialist) {
      const client = connectSignaling({ url: rig.url, token: async () => JSON.stringify(principal) });
      clients.push(client);
      return client;
    },
    async restartHttp(downMs) {
      const { port } = httpServer.address() as AddressInfo;
      await stopHttp();
      await new Promise((resolve) => setTimeout(resolve, downMs));
      await startHttp(port);
    },
    async close() {
      for (const client of clients) client.close();
      await stopHttp();
      await bus.close();
      await redis.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };

  async function startHttp(port: number): Promise<void> {
    httpServer = createServer();
    httpServer.on('upgrade', ({ socket }) => rig.cameFrom.push(socket.remoteAddress));
    rig.server = attachSignaling({
      httpServer,
      bus,
      authenticate: async ({ token }) => (token ? (JSON.parse(token) as Principal) : null),
      dispatch: (call) => rig.dispatch(call),
      onDisconnect: ({ connectionId, roomIds }) => disconnected.push({ connectionId, roomIds }),
      log,
    });
    await new Promise<void>((resolve) => httpServer.listen(port, '127.0.0.1', resolve));
    rig.url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
  }

  async function stopHttp(): Promise<void> {
    await rig.server.close();
    httpServer.closeAllConnections();
    await new Promise((resolve) => httpServer.close(resolve));
  }

  await startHttp(0);
  return rig;
}

import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { connected } from '../test/support/connected.ts';
import { summarise, type Summary } from './statistics.ts';
import { openPair, type Pair } from '../test/support/two-nodes.ts';

/** Interleaved, so that a slow moment of the machine is everybody's. */
const ROUNDS = 5;
const MESSAGES_PER_ROUND = 100;
/** Under our own limit of 20 control messages a second for one connection. */
const PAUSE_MS = 55;

export interface SignallingResult {
  unit: 'ms';
  /** One summary a round. */
  rounds: { redis: Summary; adapter: Summary; hub: Summary }[];
}

/**
 * From sender to receiver, three ways, on the same Redis: a bare PUBLISH; a socket.io client through two servers joined
 * by @socket.io/redis-adapter; and our client through two hub nodes (parse, authorise, number, log, publish, fan out).
 */
export async function measureSignalling(): Promise<SignallingResult> {
  const pair = await openPair();
  const bare = await bareRedis(pair.redisUrl);
  const adapter = await adapterPeer(pair.redisUrl);
  const rounds: SignallingResult['rounds'] = [];
  try {
    await Promise.all([run(bare.send, 50), run(adapter.send, 50), run(pair.send, 50)]);
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({
        redis: summarise(await run(bare.send, MESSAGES_PER_ROUND)),
        adapter: summarise(await run(adapter.send, MESSAGES_PER_ROUND)),
        hub: summarise(await run(pair.send, MESSAGES_PER_ROUND)),
      });
    }
  } finally {
    await bare.close();
    await adapter.close();
    await pair.close();
  }
  return { unit: 'ms', rounds };
}

/** Sends one after the other; each resolves when the receiver has it. */
async function run(send: Pair['send'], count: number): Promise<number[]> {
  const tookMs: number[] = [];
  for (let i = 0; i < count; i++) {
    const startMs = performance.now();
    await send(i);
    tookMs.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return tookMs;
}

async function bareRedis(url: string) {
  const [publisher, subscriber] = [createClient({ url }), createClient({ url })];
  await Promise.all([publisher.connect(), subscriber.connect()]);
  let arrived: () => void = () => undefined;
  await subscriber.subscribe('bench', () => arrived());
  return {
    send: async (number: number) => {
      const received = new Promise<void>((resolve) => (arrived = resolve));
      await Promise.all([publisher.publish('bench', `message ${number}`), received]);
    },
    close: async () => {
      await publisher.close();
      await subscriber.close();
    },
  };
}

async function adapterPeer(url: string) {
  const nodes = await Promise.all([adapterNode(url), adapterNode(url)]);
  const [sender, receiver] = nodes.map((node) => io(node.url, { transports: ['websocket'] })) as [
    Socket,
    Socket,
  ];
  await Promise.all([connected(sender), connected(receiver)]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  let arrived: () => void = () => undefined;
  receiver.on('event', () => arrived());
  return {
    send: async (number: number) => {
      const received = new Promise<void>((resolve) => (arrived = resolve));
      await Promise.all([sender.emitWithAck('say', { number }), received]);
    },
    close: async () => {
      sender.close();
      receiver.close();
      for (const node of nodes) await node.close();
    },
  };
}

/** A socket.io server as its documentation sets it up with the Redis adapter. */
export async function adapterNode(url: string) {
  const [publisher, subscriber] = [createClient({ url }), createClient({ url })];
  for (const client of [publisher, subscriber]) client.on('error', () => undefined);
  await Promise.all([publisher.connect(), subscriber.connect()]);
  const httpServer: HttpServer = createServer();
  const server = new Server(httpServer, { adapter: createAdapter(publisher, subscriber) });
  server.on('connection', (socket) => {
    void socket.join('room');
    socket.on('say', (data, acknowledge: () => void) => {
      server.to('room').emit('event', data);
      acknowledge();
    });
  });
  httpServer.listen(0, '127.0.0.1');
  await once(httpServer, 'listening');
  return {
    url: `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`,
    close: async () => {
      await server.close();
      await publisher.close();
      await subscriber.close();
    },
  };
}

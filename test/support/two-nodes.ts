import { rm } from 'node:fs/promises';
import pino from 'pino';
import { createHash, randomBytes } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { SESSION_COOKIE } from '../../src/lib/identity/index.ts';
import {
  EVENT_CHANNEL,
  HubError,
  SOCKET_PATH,
  type Ack,
  type RoomEvent,
} from '../../src/lib/signaling/contract/index.ts';
import { session } from '../../src/lib/storage/index.ts';
import {
  startEmbeddedPostgres,
  startEmbeddedRedis,
  type EmbeddedRedis,
} from '../../src/lib/storage/embedded/index.ts';
import { connected } from './connected.ts';
import { Cast } from './cast.ts';
import { startLocalHub, type LocalHub } from './hub-in-process.ts';
import { temporaryDataDir } from '../../src/lib/storage/embedded/testing.ts';

export interface Pair {
  redisUrl: string;
  redis: EmbeddedRedis;
  /** The sender's node is the room's home; the receiver is on the other one. Resolves when the receiver has the event. */
  send(number: number): Promise<void>;
  /** Sends a chat message without waiting for the receiver; rejects when it was not acknowledged. */
  post(text: string, messageId: string): Promise<void>;
  /** The next event of this type that the receiver hears. */
  nextEvent(type: RoomEvent['type']): Promise<RoomEvent>;
  askAsReceiver(type: string, data: object): Promise<Ack<unknown>>;
  /** Stops the node that is the room's home, in order. */
  stopHome(): Promise<void>;
  /** Chat messages that the receiver has seen, in the order of their arrival. */
  received: string[];
  close(): Promise<void>;
}

/** Two hub nodes on one Redis and one PostgreSQL, a sender on one and a receiver on the other, in one room. */
export async function openPair(): Promise<Pair> {
  const log = pino({ level: 'silent' });
  const dataDir = await temporaryDataDir();
  const [postgres, redis] = await Promise.all([
    startEmbeddedPostgres({ dataDir, log }),
    startEmbeddedRedis({ dataDir, log }),
  ]);
  const shared = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, MEDIA_WORKERS: '1' };
  const home = await startLocalHub({ ...shared, NODE_ID: 'node-home' });
  const other = await startLocalHub({ ...shared, NODE_ID: 'node-other' });

  const cast = await new Cast(home.hub).gather('consult');
  const sender = await enter(home, cast, 'rural_doctor');
  const receiver = await enter(other, cast, 'specialist');

  const received: string[] = [];
  const listeners = new Set<(event: RoomEvent) => void>();
  let homeRuns = true;
  let arrived: (event: RoomEvent) => void = () => undefined;
  receiver.on(EVENT_CHANNEL, (event: RoomEvent) => {
    if (event.type === 'chat.posted') received.push(event.data.message.text);
    arrived(event);
    for (const listener of listeners) listener(event);
  });
  const ask = async (type: string, data: object): Promise<void> => {
    const ack = (await sender
      .timeout(10_000)
      .emitWithAck(type, { roomId: cast.roomId, ...data })) as Ack<unknown>;
    if (!ack.ok) throw new HubError(ack.error.code, ack.error.message);
  };
  return {
    redisUrl: redis.url,
    redis,
    received,
    async send(number) {
      const raised = number % 2 === 0;
      const seen = new Promise<void>((resolve) => {
        arrived = (event) => {
          if (event.type === 'hand.raised' && event.data.raised === raised) resolve();
        };
      });
      await Promise.all([ask('hand.raise', { raised }), seen]);
    },
    async post(text, messageId) {
      await ask('chat.send', { messageId, text });
    },
    nextEvent: (type) =>
      new Promise((resolve) => {
        const listener = (event: RoomEvent) => {
          if (event.type !== type) return;
          listeners.delete(listener);
          resolve(event);
        };
        listeners.add(listener);
      }),
    askAsReceiver: (type, data) =>
      receiver.timeout(10_000).emitWithAck(type, { roomId: cast.roomId, ...data }) as Promise<Ack<unknown>>,
    async stopHome() {
      homeRuns = false;
      sender.close();
      await home.close();
    },
    async close() {
      sender.close();
      receiver.close();
      await other.close();
      if (homeRuns) await home.close();
      await redis.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A socket of somebody with a session, in the room. */
async function enter(node: LocalHub, cast: Cast, role: string): Promise<Socket> {
  const principal = cast.as(role);
  if (principal.kind !== 'account') throw new TypeError(`${role} has no account`);
  const token = randomBytes(32).toString('base64url');
  await node.hub.inside.db.insert(session).values({
    id: createHash('sha256').update(token).digest('hex'),
    accountId: principal.accountId,
    userAgent: 'bench',
    expiresAt: new Date(Date.now() + 3_600_000),
  });
  const socket = io(node.url, {
    path: SOCKET_PATH,
    transports: ['websocket'],
    forceNew: true,
    extraHeaders: { cookie: `${SESSION_COOKIE}=${token}` },
  });
  await connected(socket);
  const ack = (await socket.emitWithAck('room.join', { roomId: cast.roomId })) as Ack<unknown>;
  if (!ack.ok) throw new HubError(ack.error.code, ack.error.message);
  return socket;
}

import { z } from 'zod';
import type { Logger } from 'pino';
import { noticeSchema, type Notice } from '../contract/index.ts';
import { channels } from './keys.ts';
import { RedisLeases } from './leases.ts';
import { NodeMail } from './node-mail.ts';
import { NodeRegistry } from './node-registry.ts';
import { parseMessage } from './parse-message.ts';
import { RedisConnection } from './redis-connection.ts';
import { RedisRoomLog } from './room-log.ts';
import { RoomWatchers } from './room-watchers.ts';
import type { Bus } from './types.ts';

export type { Bus, ConnectionAddress, Lease, NumberedHappening, RoomWatcher } from './types.ts';

const principalMail = z.object({ principalId: z.string(), notice: noticeSchema });

/**
 * What joins the nodes of a hub: leases, ordered room events, requests and notices, all over one Redis.
 * Rejects when Redis does not answer at the start.
 */
export async function openBus(options: {
  redisUrl: string;
  nodeId: string;
  log: Logger;
  leaseTtlMs?: number;
}): Promise<Bus> {
  const { nodeId, log } = options;
  const ttlMs = options.leaseTtlMs ?? 5000;
  const redis = await RedisConnection.open(options.redisUrl, log);
  const leases = new RedisLeases(redis, nodeId, ttlMs, log);
  const roomLog = new RedisRoomLog(redis, leases, ttlMs);
  const watchers = new RoomWatchers(redis, roomLog, log);
  const mail = new NodeMail(redis, nodeId, log);
  const nodes = new NodeRegistry(redis, nodeId, ttlMs, log);
  const principalListeners: ((principalId: string, notice: Notice) => void)[] = [];

  await mail.open();
  await redis.listener.subscribe(channels.principals, (message, channel) => {
    const mail = parseMessage(principalMail, channel, message, log);
    if (mail) for (const listener of principalListeners) listener(mail.principalId, mail.notice);
  });
  await nodes.open();

  /** Notices are dropped while Redis is away; see `contract/notices.ts`. */
  const publish = (channel: string, message: unknown): void => {
    redis.commands.publish(channel, JSON.stringify(message)).catch(() => undefined);
  };

  return {
    nodeId,
    get ready() {
      return redis.ready;
    },
    onReadyChange: (listener) => void redis.on('ready', listener),
    leases,
    log: roomLog,
    rooms: { watch: (roomId, watcher) => watchers.watch(roomId, watcher) },
    notifyRoom: (roomId, notice) => publish(channels.roomNotices(roomId), notice),
    notifyPrincipal: (principalId, notice) => publish(channels.principals, { principalId, notice }),
    notifyConnection: (address, notice) => mail.notify(address.nodeId, address.connectionId, notice),
    onConnectionNotice: (listener) => mail.onConnectionNotice(listener),
    onPrincipalNotice: (listener) => void principalListeners.push(listener),
    request: (to, method, payload, { timeoutMs }) => mail.request(to, method, payload, timeoutMs),
    serve: (method, handler) => mail.serve(method, handler),
    nodes,
    close: async () => {
      leases.close();
      await nodes.close();
      mail.close();
      await redis.close();
    },
  };
}

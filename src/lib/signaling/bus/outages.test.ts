import { rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmbeddedRedis, type EmbeddedRedis } from '../../storage/embedded/index.ts';
import { emptyRoom, type RoomEvent } from '../contract/index.ts';
import { openBus, type Bus, type NumberedHappening } from './index.ts';
import { channels, keys } from './keys.ts';
import { temporaryDataDir } from '../../storage/embedded/testing.ts';

const log = pino({ level: 'silent' });
const TTL_MS = 600;
let dataDir: string;
let redis: EmbeddedRedis;
let admin: ReturnType<typeof adminClient>;
const open: Bus[] = [];

const adminClient = () =>
  createClient({ url: redis.url, socket: { reconnectStrategy: 20 } }).on('error', () => undefined);

beforeAll(async () => {
  dataDir = await temporaryDataDir();
  redis = await startEmbeddedRedis({ dataDir, log });
  admin = adminClient();
  await admin.connect();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((bus) => bus.close()));
});
afterAll(async () => {
  admin?.destroy();
  await redis?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function node(nodeId: string, redisUrl = redis.url): Promise<Bus> {
  const bus = await openBus({ redisUrl, nodeId, log, leaseTtlMs: TTL_MS });
  open.push(bus);
  return bus;
}

async function leaseOf(bus: Bus, roomId: string) {
  const claim = await bus.leases.claim(roomId);
  if (!('lease' in claim)) throw new Error('not claimed');
  return claim.lease;
}

const raised = (seq: number): NumberedHappening => ({
  seq,
  atMs: 1000 + seq,
  type: 'hand.raised',
  data: { memberId: 'a_test', raised: true },
});
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

let rooms = 0;
const newRoom = () => `outage_${Date.now()}_${rooms++}`;

async function watch(bus: Bus, roomId: string) {
  const seen: number[] = [];
  const stop = await bus.rooms.watch(roomId, {
    onEvent: (event) => seen.push(event.seq),
    onNotice: () => undefined,
  });
  return { seen, stop };
}

/** Ids of the connections that listen (`pubsub`) or do not (`normal`). */
async function connectionIds(type: 'PUBSUB' | 'NORMAL'): Promise<string[]> {
  const list = (await admin.sendCommand(['CLIENT', 'LIST', 'TYPE', type])) as unknown as string;
  return [...list.matchAll(/^id=(\d+)/gm)].map((match) => match[1] as string);
}

describe('a watcher', () => {
  it('hears again when it comes back before Redis has heard that it left', async () => {
    const bus = await node('node-one');
    const roomId = newRoom();
    const lease = await leaseOf(bus, roomId);
    for (let seq = 1; seq <= 20; seq++) {
      const { stop } = await watch(bus, roomId);
      stop();
      const { seen, stop: stopAgain } = await watch(bus, roomId);
      await bus.log.append(lease, raised(seq));
      await vi.waitFor(() => expect(seen.at(-1)).toBe(seq), { timeout: 1000 });
      stopAgain();
    }
  });

  it('is given the last event too when it comes later, since its home may not have applied it yet', async () => {
    const bus = await node('node-one');
    const roomId = newRoom();
    const lease = await leaseOf(bus, roomId);
    for (const seq of [1, 2, 3]) await bus.log.append(lease, raised(seq));
    const first = await watch(bus, roomId);
    expect(first.seen).toEqual([3]);
    const second = await watch(bus, roomId);
    expect(second.seen).toEqual([3]);
  });

  it('sees what happened while only its own connection was away, even as its first event', async () => {
    const one = await node('node-one');
    const before = await connectionIds('PUBSUB');
    const two = await node('node-two');
    const [own] = (await connectionIds('PUBSUB')).filter((id) => !before.includes(id));
    const roomId = newRoom();
    const lease = await leaseOf(one, roomId);
    const { seen } = await watch(two, roomId);
    await admin.sendCommand(['CLIENT', 'KILL', 'ID', own as string]);
    await one.log.append(lease, raised(1));
    await vi.waitFor(() => expect(seen).toEqual([1]), { timeout: 2000 });
  });

  it('sees each event once and in order while connections are cut all the time', async () => {
    const one = await node('node-one');
    const two = await node('node-two');
    const roomId = newRoom();
    const lease = await leaseOf(one, roomId);
    const { seen } = await watch(two, roomId);
    let last = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) await one.log.append(lease, raised(++last));
    })();
    const adminId = String(await admin.sendCommand(['CLIENT', 'ID']));
    for (let round = 0; round < 25; round++) {
      const ids = await connectionIds(round % 3 === 0 ? 'NORMAL' : 'PUBSUB');
      for (const id of ids) if (id !== adminId) await admin.sendCommand(['CLIENT', 'KILL', 'ID', id]);
      await sleep(60);
    }
    writing = false;
    await writer;
    await vi.waitFor(() => expect(seen.at(-1)).toBe(last), { timeout: 3000 });
    expect(last).toBeGreaterThan(100);
    expect(seen).toEqual(upTo(last));
  });

  it('is not thrown off by messages that this version does not understand', async () => {
    const bus = await node('node-one');
    const roomId = newRoom();
    const lease = await leaseOf(bus, roomId);
    const { seen } = await watch(bus, roomId);
    const changes = vi.fn();
    bus.onReadyChange(changes);
    const everywhere = [
      channels.roomEvents(roomId),
      channels.roomNotices(roomId),
      channels.node('node-one'),
      channels.principals,
    ];
    for (const channel of everywhere) {
      for (const junk of ['', '{', 'null', '{"type":"room.flooded","seq":1}'])
        await admin.publish(channel, junk);
    }
    await bus.log.append(lease, raised(1));
    await vi.waitFor(() => expect(seen).toEqual([1]));
    expect(bus.ready).toBe(true);
    expect(changes).not.toHaveBeenCalled();
  });
});

describe('a home', () => {
  it('keeps its rooms over an outage longer than the lease, and no node is taken for dead', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const roomId = newRoom();
    const lease = await leaseOf(one, roomId);
    await one.log.append(lease, raised(1));
    await sleep(TTL_MS); // Each has seen the other's heartbeat.
    const [lost, gone] = [vi.fn(), vi.fn()];
    one.leases.onLost(lost);
    for (const bus of [one, two]) bus.nodes.onGone(gone);
    const greedy = new Promise<unknown>((resolve) =>
      two.onReadyChange((ready) => void (ready && resolve(two.leases.claim(roomId)))),
    );
    await redis.restart(2 * TTL_MS);
    expect(await greedy).toEqual({ heldBy: { nodeId: 'node-one', epoch: 1 } });
    await one.log.append(lease, raised(2));
    await sleep(2 * TTL_MS);
    expect(lost).not.toHaveBeenCalled();
    expect(gone).not.toHaveBeenCalled();
  });

  it('learns at its next append that it was taken for dead, and changes nothing', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const roomId = newRoom();
    const stale = await leaseOf(one, roomId);
    await one.log.append(stale, raised(1));
    const lost = vi.fn();
    one.leases.onLost(lost);
    await admin.del(keys.lease(roomId)); // As if it had not renewed in time.
    const current = await leaseOf(two, roomId);
    expect(current.epoch).toBe(2);
    await expect(one.log.append(stale, raised(2))).rejects.toMatchObject({ code: 'conflict' });
    expect(lost).toHaveBeenCalledExactlyOnceWith(stale);
    const state = emptyRoom({ roomId, kind: 'consult', title: '', patient: null, openedAtMs: 0 });
    await expect(one.log.saveSnapshot(stale, state)).rejects.toMatchObject({ code: 'conflict' });
    await two.log.append(current, raised(2));
    const events = (await two.log.readSince(roomId, 0)) as RoomEvent[];
    expect(events.map(({ seq, epoch }) => [seq, epoch])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('goes on when Redis has forgotten everything, and stays the only one', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const roomId = newRoom();
    const lost = vi.fn();
    one.leases.onLost(lost);
    await one.leases.release(await leaseOf(one, roomId));
    const lease = await leaseOf(one, roomId);
    for (const seq of [1, 2, 3]) await one.log.append(lease, raised(seq));
    const { seen } = await watch(two, roomId);
    await admin.flushAll();
    await one.log.append(lease, raised(4));
    await vi.waitFor(() => expect(seen).toEqual([3, 4]));
    expect(await two.log.readSince(roomId, 0)).toHaveLength(4);
    expect(await two.leases.claim(roomId)).toEqual({ heldBy: { nodeId: 'node-one', epoch: 2 } });
    expect(lost).not.toHaveBeenCalled();
  });

  it('logs an event once whose acknowledgement was lost on the way', async () => {
    const proxy = await startProxy(Number(new URL(redis.url).port));
    const url = new URL(redis.url);
    url.port = String(proxy.port);
    const one = await node('node-one', url.href);
    const roomId = newRoom();
    const lease = await leaseOf(one, roomId);
    const { seen } = await watch(await node('node-two'), roomId);
    await one.log.append(lease, raised(1));
    proxy.cutBeforeNextAnswer();
    await one.log.append(lease, raised(2));
    expect(proxy.cuts).toBe(1);
    await one.log.append(lease, raised(3));
    await vi.waitFor(() => expect(seen).toEqual([1, 2, 3]));
    expect(await one.log.readSince(roomId, 0)).toHaveLength(3);
    proxy.close();
  });
});

it('says so when there is no Redis at the start', async () => {
  await expect(node('node-one', 'redis://127.0.0.1:1')).rejects.toMatchObject({ code: 'unavailable' });
});

/** Stands between a node and Redis; can let a command through and cut the line before its answer. */
async function startProxy(redisPort: number) {
  let armed = false;
  const lines = new Set<Socket>();
  const proxy = {
    port: 0,
    cuts: 0,
    cutBeforeNextAnswer: () => (armed = true),
    close: () => {
      server.close();
      for (const line of lines) line.destroy();
    },
  };
  const server = createServer((near) => {
    const far = connect(redisPort, '127.0.0.1');
    let asked = false;
    for (const line of [near, far]) lines.add(line.on('error', () => undefined));
    near.on('data', (data) => {
      asked ||= armed && data.includes('EVAL') && data.includes('hand.raised');
      far.write(data);
    });
    far.on('data', (data) => {
      if (!asked || !armed) return void near.write(data);
      armed = false;
      proxy.cuts++;
      near.destroy();
      far.destroy();
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.port = (server.address() as AddressInfo).port;
  return proxy;
}

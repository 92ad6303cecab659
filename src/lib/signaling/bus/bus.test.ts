import { rm } from 'node:fs/promises';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEmbeddedRedis, type EmbeddedRedis } from '../../storage/embedded/index.ts';
import { HubError, type RoomEvent } from '../contract/index.ts';
import { openBus, type Bus, type NumberedHappening } from './index.ts';
import { temporaryDataDir } from '../../storage/embedded/testing.ts';

const log = pino({ level: 'silent' });
const TTL_MS = 600;
let dataDir: string;
let redis: EmbeddedRedis;
const open: Bus[] = [];

beforeAll(async () => {
  dataDir = await temporaryDataDir();
  redis = await startEmbeddedRedis({ dataDir, log });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((bus) => bus.close()));
});
afterAll(async () => {
  await redis?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function node(nodeId: string): Promise<Bus> {
  const bus = await openBus({ redisUrl: redis.url, nodeId, log, leaseTtlMs: TTL_MS });
  open.push(bus);
  return bus;
}

async function leaseOf(bus: Bus, roomId: string) {
  const claim = await bus.leases.claim(roomId);
  if (!('lease' in claim)) throw new Error('not claimed');
  return claim.lease;
}

const raised = (seq: number, memberId = 'a_test'): NumberedHappening => ({
  seq,
  atMs: 1000 + seq,
  type: 'hand.raised',
  data: { memberId, raised: seq % 2 === 0 },
});

let rooms = 0;
const newRoom = () => `room_${Date.now()}_${rooms++}`;

describe('leases', () => {
  it('gives a room to one node and tells the other who has it', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const roomId = newRoom();
    const lease = await leaseOf(one, roomId);
    expect(lease.epoch).toBe(1);
    expect(await two.leases.claim(roomId)).toEqual({ heldBy: { nodeId: 'node-one', epoch: 1 } });
    expect(await two.leases.holder(roomId)).toEqual({ nodeId: 'node-one', epoch: 1 });
    await one.leases.release(lease);
    expect((await leaseOf(two, roomId)).epoch).toBe(2);
  });

  it('renews by itself for as long as the node lives, and frees the room when it dies', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const roomId = newRoom();
    await leaseOf(one, roomId);
    await new Promise((resolve) => setTimeout(resolve, 2 * TTL_MS));
    expect(await two.leases.claim(roomId)).toHaveProperty('heldBy');
    await one.close();
    const lease = await vi.waitFor(() => leaseOf(two, roomId), { timeout: 3 * TTL_MS, interval: 50 });
    expect(lease.epoch).toBe(2);
  });

  it('hands a node its own rooms back at once after a restart', async () => {
    const roomId = newRoom();
    const before = await node('node-one');
    await leaseOf(before, roomId);
    await before.close();
    expect((await leaseOf(await node('node-one'), roomId)).epoch).toBe(2);
  });

  it('fences out a holder that does not know yet that it has lost the room', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const roomId = newRoom();
    const stale = await leaseOf(one, roomId);
    await one.log.append(stale, raised(1));
    await one.leases.release(stale);
    const lost = vi.fn();
    const current = await leaseOf(two, roomId);
    one.leases.onLost(lost);
    await expect(one.log.append(stale, raised(2))).rejects.toMatchObject({ code: 'conflict' });
    await two.log.append(current, raised(2, 'a_right'));
    const events = await two.log.readSince(roomId, 0);
    expect((events as RoomEvent[]).map((event) => [event.seq, event.epoch])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    await expect(one.log.trim(stale, 5)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('room log', () => {
  it('takes the same event twice as one and refuses another under its number', async () => {
    const bus = await node('node-one');
    const roomId = newRoom();
    const lease = await leaseOf(bus, roomId);
    await bus.log.append(lease, raised(1));
    await bus.log.append(lease, raised(1));
    expect(await bus.log.readSince(roomId, 0)).toHaveLength(1);
    await expect(bus.log.append(lease, raised(1, 'a_other'))).rejects.toBeInstanceOf(HubError);
  });

  it('says when it no longer reaches back far enough', async () => {
    const bus = await node('node-one');
    const roomId = newRoom();
    const lease = await leaseOf(bus, roomId);
    for (let seq = 1; seq <= 5; seq++) await bus.log.append(lease, raised(seq));
    await bus.log.trim(lease, 4);
    expect(await bus.log.readSince(roomId, 1)).toBe('trimmed');
    expect(await bus.log.readSince(roomId, 3)).toHaveLength(2);
    expect(await bus.log.readSince(roomId, 5)).toEqual([]);
  });
});

describe('watching a room', () => {
  it('reaches watchers on every node in order', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const roomId = newRoom();
    const lease = await leaseOf(one, roomId);
    const seen: number[] = [];
    await two.rooms.watch(roomId, { onEvent: (event) => seen.push(event.seq), onNotice: () => undefined });
    for (let seq = 1; seq <= 50; seq++) await one.log.append(lease, raised(seq));
    await vi.waitFor(() => expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => index + 1)));
  });

  it('loses nothing and repeats nothing over a restart of Redis, while a writer goes on', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const roomId = newRoom();
    const lease = await leaseOf(one, roomId);
    const seen: number[] = [];
    await two.rooms.watch(roomId, { onEvent: (event) => seen.push(event.seq), onNotice: () => undefined });
    let last = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        await one.log.append(lease, raised(++last));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(10));
    const pid = redis.pid!;
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(redis.pid).not.toBe(pid), { timeout: 10_000 });
    const atRestart = last;
    await vi.waitFor(() => expect(last).toBeGreaterThan(atRestart + 10), { timeout: 10_000 });
    writing = false;
    await writer;
    await vi.waitFor(() => expect(seen.at(-1)).toBe(last), { timeout: 5000 });
    expect(seen).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });
});

describe('between nodes', () => {
  it('answers requests, carries error codes, and knows when nobody is there', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    two.serve('double', async (payload) => (payload as number) * 2);
    two.serve('refuse', async () => {
      throw new HubError('room_full');
    });
    two.serve('sleep', () => new Promise(() => undefined));
    const call = (method: string, payload?: unknown) =>
      one.request('node-two', method, payload, { timeoutMs: 300 });
    expect(await call('double', 21)).toBe(42);
    await expect(call('refuse')).rejects.toMatchObject({ code: 'room_full' });
    await expect(call('sleep')).rejects.toMatchObject({ code: 'timeout' });
    await expect(call('nothing')).rejects.toMatchObject({ code: 'unknown_message' });
    await expect(one.request('node-none', 'double', 1, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('delivers notices to one connection and to one principal', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const onConnection = vi.fn();
    const onPrincipal = vi.fn();
    two.onConnectionNotice(onConnection);
    two.onPrincipalNotice(onPrincipal);
    const notice = { type: 'home.changed', data: {} } as const;
    one.notifyConnection({ nodeId: 'node-two', connectionId: 'c1' }, notice);
    one.notifyPrincipal('a_x', notice);
    await vi.waitFor(() => {
      expect(onConnection).toHaveBeenCalledWith('c1', notice);
      expect(onPrincipal).toHaveBeenCalledWith('a_x', notice);
    });
  });

  it('notices a node that falls silent', async () => {
    const [one, two] = [await node('node-one'), await node('node-two')];
    const gone = vi.fn();
    one.nodes.onGone(gone);
    await vi.waitFor(async () => expect((await one.nodes.list()).sort()).toEqual(['node-one', 'node-two']));
    await new Promise((resolve) => setTimeout(resolve, TTL_MS));
    await two.close();
    await vi.waitFor(() => expect(gone).toHaveBeenCalledWith('node-two'), { timeout: 4 * TTL_MS });
  });
});

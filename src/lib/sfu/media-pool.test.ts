import { execFileSync } from 'node:child_process';
import pino from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MediaPool, type MediaPoolOptions } from './index.ts';

const log = pino({ level: 'silent' });
const pools: MediaPool[] = [];

async function start(options: Partial<MediaPoolOptions> = {}): Promise<MediaPool> {
  const pool = await MediaPool.start({
    workers: 2,
    listenIp: '127.0.0.1',
    announcedAddresses: [],
    log,
    ...options,
  });
  pools.push(pool);
  return pool;
}

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

const isRunning = (pid: number): boolean => {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    return !state.startsWith('Z');
  } catch {
    return false;
  }
};

describe('the worker pool', () => {
  it('spreads rooms over the workers and opens a room once', async () => {
    const pool = await start();
    const [one, same] = await Promise.all([pool.openRoom('room-1'), pool.openRoom('room-1')]);
    expect(same).toBe(one);
    expect(await pool.openRoom('room-1')).toBe(one);
    await pool.openRoom('room-2');
    expect(pool.stats().map(({ rooms }) => rooms)).toEqual([1, 1]);
    pool.closeRoom('room-1');
    expect(one.closed).toBe(true);
    expect(pool.stats().map(({ rooms }) => rooms)).toEqual([0, 1]);
    const again = await pool.openRoom('room-1');
    expect(again).not.toBe(one);
    expect(pool.stats().map(({ rooms }) => rooms)).toEqual([1, 1]);
  });

  it('tells only the rooms of the worker that died, and heals', async () => {
    const pool = await start();
    const [one, two] = [await pool.openRoom('room-1'), await pool.openRoom('room-2')];
    await one.createTransport('s1', 'send');
    const before = pool.stats();
    const lost: string[][] = [];
    pool.on('roomLost', (roomIds) => lost.push(roomIds));
    const told = vi.fn();
    one.on('producerClosed', told);
    const dying = before.findIndex(({ rooms }, index) => rooms === 1 && index === 0);
    process.kill(before[dying]!.pid!, 'SIGKILL');
    await vi.waitFor(() => expect(lost).toEqual([['room-1']]), 5_000);
    await expect(one.createTransport('s1', 'send')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(two.createTransport('s2', 'send')).resolves.toBeDefined();

    const anew = await pool.openRoom('room-1');
    await expect(anew.createTransport('s1', 'send')).resolves.toBeDefined();
    await vi.waitFor(() => expect(pool.workerPids()).toHaveLength(2), 5_000);
    // The same port as before, since a firewall was opened for it.
    expect(pool.stats().map(({ port }) => port)).toEqual(before.map(({ port }) => port));
    expect(pool.stats()[dying]!.pid).not.toBe(before[dying]!.pid);
    expect(lost).toHaveLength(1);
  });

  it('lets a room wait when its only worker is dead', async () => {
    const pool = await start({ workers: 1 });
    await pool.openRoom('room-1');
    for (let round = 0; round < 3; round++) {
      const lost = new Promise<string[]>((resolve) => pool.once('roomLost', resolve));
      process.kill(pool.workerPids()[0]!, 'SIGKILL');
      expect(await lost).toEqual(['room-1']);
      expect(pool.workerPids()).toEqual([]);
      const room = await pool.openRoom('room-1');
      await expect(room.createTransport('s1', 'send')).resolves.toBeDefined();
    }
  });

  it('does not lose a room that was being opened when the worker died', async () => {
    const pool = await start({ workers: 1 });
    const [pid] = pool.workerPids();
    const opening = pool.openRoom('room-1');
    process.kill(pid!, 'SIGKILL');
    const room = await opening;
    if (room.closed) {
      // It was ready just before: then its loss was told, and the next opening is good.
      await expect((await pool.openRoom('room-1')).createTransport('s1', 'send')).resolves.toBeDefined();
    } else {
      await expect(
        room.createTransport('s1', 'send').catch(async () => pool.openRoom('room-1')),
      ).resolves.toBeDefined();
    }
  });

  it('closes a room that is still being opened', async () => {
    const pool = await start({ workers: 1 });
    const opening = pool.openRoom('room-1');
    pool.closeRoom('room-1');
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
    expect(pool.stats()[0]).toMatchObject({ rooms: 0 });
    await expect(pool.openRoom('room-1')).resolves.toBeDefined();
  });

  it('listens from the given port on, and says when it cannot', async () => {
    const probe = await start({ workers: 1 });
    const basePort = probe.stats()[0]!.port;
    await expect(start({ workers: 1, basePort })).rejects.toThrow();
    probe.close();
    await vi.waitFor(
      async () => expect((await start({ workers: 1, basePort })).stats()[0]!.port).toBe(basePort),
      5_000,
    );
  });

  it('says when the worker program is wrong', async () => {
    await expect(start({ workers: 1, workerBin: '/bin/false' })).rejects.toThrow();
  });

  it('leaves no process behind', async () => {
    const pool = await start();
    const pids = pool.workerPids();
    expect(pids.every(isRunning)).toBe(true);
    pool.close();
    await vi.waitFor(() => expect(pids.some(isRunning)).toBe(false), 5_000);
    await expect(pool.openRoom('room-1')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

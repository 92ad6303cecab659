import { execFileSync, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StubHub } from './engine/testing/stub-hub.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let hub: StubHub;
let folder: string;
const boxes: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-box-'));
  hub = await StubHub.start();
});
afterEach(async () => {
  for (const box of boxes.splice(0)) box.kill('SIGKILL');
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

function startBox(environment: Record<string, string> = {}): { box: ChildProcess; output: () => string } {
  const box = fork(MAIN, [], {
    silent: true,
    env: { ...process.env, HUB_URL: hub.url, BOX_DATA_DIR: folder, BOX_NAME: 'Box', ...environment },
  });
  boxes.push(box);
  let output = '';
  box.stdout?.on('data', (chunk) => (output += String(chunk)));
  box.stderr?.on('data', (chunk) => (output += String(chunk)));
  return { box, output: () => output };
}

const gone = (box: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => box.once('exit', resolve));
const childrenOf = (pid: number | undefined): number[] =>
  execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child = 0]) => child);
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const packets = async (slot: string): Promise<number> => {
  const producer = hub.media.producers.get(slot);
  const [stats] = producer && !producer.closed ? await producer.getStats() : [];
  return stats?.packetCount ?? 0;
};
const streaming = (): Promise<void> =>
  vi.waitFor(
    async () => {
      for (const slot of ['probe', 'room', 'sound']) expect(await packets(slot), slot).toBeGreaterThan(30);
      const [vitals] = (await hub.media.dataProducers.get('vitals')?.getStats()) ?? [];
      expect(vitals?.messagesReceived).toBeGreaterThan(3);
    },
    { timeout: 40_000, interval: 100 },
  );

/** Generous: other tests share the cores, and pictures are real work. */
describe('the box as a process', { timeout: 120_000 }, () => {
  it('enrols, connects, and streams to the room that it is assigned; a second start needs no code', async () => {
    const first = startBox({ ENROL_CODE: hub.code });
    await streaming();
    first.box.kill('SIGTERM');
    expect(await gone(first.box)).toBe(0);
    const started = hub.requests.length;
    startBox();
    await vi.waitFor(() => expect(hub.requests.slice(started)).toContain('media.produceData'), {
      timeout: 30_000,
    });
    await streaming();
    expect(hub.problems).toEqual([]);
    expect(first.output()).not.toContain(hub.code);

    // What was measured is on record, with the room and the hub's time; and that the box stopped in between.
    const events = () => hub.records.flatMap((record) => (record.kind === 'event' ? [record.data.type] : []));
    await vi.waitFor(() => expect(events().at(-1)).toBe('room.entered'), { timeout: 20_000 });
    expect(events()).toEqual([
      ...['outbox.begun', 'agent.started', 'room.entered', 'room.left', 'agent.stopped'],
      ...['agent.started', 'room.entered'],
    ]);
    const vitals = hub.records.filter(({ kind }) => kind === 'vitals');
    expect(vitals.length).toBeGreaterThan(0);
    for (const { roomId, hubOffsetMs } of vitals) {
      expect(roomId).toBe('room_1');
      expect(Math.abs(hubOffsetMs ?? Infinity)).toBeLessThan(5_000);
    }
  });

  it('builds its path anew when vitals do not arrive although pictures do', async () => {
    const { output } = startBox({ ENROL_CODE: hub.code });
    await streaming();
    const count = () => hub.requests.filter((type) => type === 'media.createTransport').length;
    const before = count();
    hub.hearsVitals = false;
    await vi.waitFor(() => expect(count()).toBe(before + 1), { timeout: 30_000, interval: 250 });
    hub.hearsVitals = true;
    await streaming();
    expect(output()).toContain('vitals do not arrive');
    await vi.waitFor(
      () =>
        expect(hub.records.some(({ kind, data }) => kind === 'event' && data.type === 'path.lost')).toBe(
          true,
        ),
      { timeout: 20_000 },
    );
  });

  it('streams on over a dropped socket, builds its media again when the hub lost it, and stops when told', async () => {
    const { box, output } = startBox({ ENROL_CODE: hub.code });
    await streaming();
    const transports = hub.media.transports.size;
    hub.dropSockets();
    await vi.waitFor(() => expect(hub.requests.filter((type) => type === 'room.join').length).toBe(2), {
      timeout: 30_000,
    });
    const before = await packets('probe');
    await vi.waitFor(async () => expect(await packets('probe')).toBeGreaterThan(before + 30), {
      timeout: 20_000,
    });
    expect(hub.media.transports.size).toBe(transports);

    hub.mediaSessionId = randomUUID();
    hub.dropSockets();
    await vi.waitFor(() => expect(hub.media.transports.size).toBe(transports + 1), { timeout: 30_000 });
    await streaming();

    const feeds = childrenOf(box.pid);
    hub.assign(null);
    // Whatever had a device open is gone; what is kept ready for the next room has none.
    await vi.waitFor(() => expect(feeds.filter(alive)).toEqual([]), { timeout: 20_000 });
    hub.assign('room_2');
    await vi.waitFor(() => expect(hub.media.transports.size).toBe(transports + 2), { timeout: 30_000 });
    await streaming();
    expect(hub.problems, output()).toEqual([]);
  });

  it('ends, with all its processes, when its parent is gone without a word', async () => {
    const { box } = startBox({ ENROL_CODE: hub.code });
    await streaming();
    const feeds = childrenOf(box.pid);
    expect(feeds.length).toBe(3);
    const ended = gone(box);
    box.disconnect();
    expect(await ended).toBe(0);
    expect(feeds.filter(alive)).toEqual([]);
  });

  it('leaves no feed process behind when it is killed', async () => {
    const { box } = startBox({ ENROL_CODE: hub.code });
    await streaming();
    const feeds = childrenOf(box.pid);
    box.kill('SIGKILL');
    await vi.waitFor(() => expect(feeds.filter(alive)).toEqual([]), { timeout: 20_000 });
  });

  it('stays alive and says what it needs when it is not enrolled', async () => {
    const { box, output } = startBox();
    await vi.waitFor(() => expect(output()).toContain('one-time code'), { timeout: 30_000 });
    expect(hub.connected).toBe(0);
    expect(box.exitCode).toBeNull();
  });

  it('refuses wrong settings with the reason', async () => {
    const { box, output } = startBox({ HUB_URL: 'nonsense' });
    expect(await gone(box)).toBe(2);
    expect(output()).toContain('HUB_URL');
  });
});

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordSchema, type BoxRecord } from '../../../src/lib/signaling/contract/index.ts';
import type { Waiting } from './records-table.ts';
import type { OutboxStore } from './store.ts';
import { MB, openStore, stampAt, temporaryFolder } from './testing/outbox-folder.ts';

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = temporaryFolder('fast')));
afterEach(() => remove());

const ALL = { maxBytes: 100 * MB, maxRecords: 10_000 };
const vitals = (atMs: number, body: Uint8Array = randomBytes(700)) =>
  ({ kind: 'vitals', stamp: stampAt(atMs), data: { durationMs: 1000 }, body }) as const;
const event = (atMs: number) =>
  ({ kind: 'event', stamp: stampAt(atMs), data: { type: 'path.restored' } }) as const;
const recordOf = ({ json }: Waiting): BoxRecord => recordSchema.parse(JSON.parse(json));
const eventsOf = (store: OutboxStore) =>
  store
    .waiting(ALL)
    .map(recordOf)
    .flatMap((record) => (record.kind === 'event' ? [record.data] : []));
const file = (name = 'outbox.db'): string => path.join(folder, name);

describe('an outbox', () => {
  it('numbers what it takes, and gives it out in order, the same after a restart, until it is acknowledged', () => {
    const bodies = [randomBytes(10), randomBytes(900), randomBytes(33)];
    let store = openStore(folder);
    expect(bodies.map((body, i) => store.append(vitals(1000 + i, body)))).toEqual([2, 3, 4]);
    const before = store.waiting(ALL);
    const { outboxId } = store;
    store.close();
    store = openStore(folder);
    expect(store.outboxId).toBe(outboxId);
    expect(store.clean).toBe(true);
    expect(store.waiting(ALL)).toEqual(before);
    expect(before.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(before.slice(1).map(({ body }) => body)).toEqual(bodies);
    expect(before.map(recordOf).map(({ kind }) => kind)).toEqual(['event', 'vitals', 'vitals', 'vitals']);
    expect(eventsOf(store)).toEqual([
      { type: 'outbox.begun', because: 'first', previousOutboxId: null, setAside: null },
    ]);
    store.acknowledge(3);
    expect(store.waiting(ALL).map(({ number }) => number)).toEqual([4]);
    expect(store.stats()).toMatchObject({ state: 'recording', waiting: 1, oldestAtMs: 1002, lost: 0 });
    store.acknowledge(4);
    store.close();
    // A number is never given twice, not even when nothing of the old ones is left.
    store = openStore(folder);
    expect(store.append(vitals(1))).toBe(5);
    store.close();
  });

  it('gives out no more than asked for, and always something', () => {
    const store = openStore(folder);
    for (let i = 0; i < 5; i++) store.append(vitals(i, randomBytes(1000)));
    expect(store.waiting({ maxBytes: 10, maxRecords: 10 }).length).toBe(1);
    expect(store.waiting({ ...ALL, maxRecords: 3 }).length).toBe(3);
    expect(store.waiting({ maxBytes: 2500, maxRecords: 10 }).length).toBe(2);
    store.close();
  });

  it('keeps a capture of 16 MB whole, in parts that follow it', () => {
    const store = openStore(folder);
    const bytes = randomBytes(16 * MB);
    const number = store.appendCapture(stampAt(7), { mediaType: 'image/png', label: '定格' }, bytes)!;
    const [capture, ...parts] = store.waiting(ALL).slice(1);
    const record = recordOf(capture!);
    expect(record).toMatchObject({
      kind: 'capture',
      number,
      data: { bytes: bytes.length, parts: parts.length },
    });
    expect(parts.map(recordOf).map(({ data }) => data)).toEqual(
      parts.map((_, part) => ({ capture: number, part })),
    );
    const whole = Buffer.concat(parts.map(({ body }) => body));
    expect(createHash('sha256').update(whole).digest('hex')).toBe(
      record.kind === 'capture' && record.data.sha256,
    );
    expect(() =>
      store.appendCapture(stampAt(7), { mediaType: 'image/png', label: '' }, randomBytes(0)),
    ).toThrow(RangeError);
    store.close();
  });

  it('refuses an acknowledgement of what it never gave out', () => {
    const store = openStore(folder);
    store.append(vitals(1));
    for (const through of [3, -1, 1.5, NaN, 2 ** 60])
      expect(() => store.acknowledge(through)).toThrow(RangeError);
    expect(store.stats().waiting).toBe(2);
    store.close();
  });

  it('is one process’s own', () => {
    const store = openStore(folder);
    const second = openStore(folder);
    expect(second.stats()).toMatchObject({ state: 'failing', problem: expect.stringMatching(/locked/) });
    expect(second.append(event(1))).toBeNull();
    expect(store.append(event(1))).toBe(2);
    store.close();
    // Once the first is gone, the second works, and has not forgotten what it could not keep.
    expect(second.append(event(2))).toBe(3);
    expect(second.stats()).toMatchObject({ state: 'recording', lost: 1 });
    second.close();
  });
});

describe('what lies on the disk', () => {
  it('shows nothing that was measured, and is for the box alone', () => {
    const store = openStore(folder);
    const secret = Buffer.from('张三的心电图'.repeat(20));
    store.append(vitals(1, secret));
    store.append({ kind: 'event', stamp: stampAt(2), data: { type: 'room.left', reason: 'SECRET-REASON' } });
    store.close();
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(file(name));
      expect(bytes.includes(secret.subarray(0, 18)), name).toBe(false);
      expect(bytes.includes('SECRET-REASON'), name).toBe(false);
    }
    expect(statSync(file('outbox.key')).mode & 0o777).toBe(0o600);
  });

  it('sets a changed record aside, says so in its place, and goes on with the others', () => {
    let store = openStore(folder);
    for (let i = 2; i <= 5; i++) store.append(vitals(i));
    store.close();
    const db = new DatabaseSync(file());
    // Two records exchanged, one made another kind, one bit changed: each opens in its own place only.
    db.exec('CREATE TEMP TABLE kept AS SELECT * FROM record');
    db.exec('UPDATE record SET sealed = (SELECT sealed FROM kept WHERE number = 3) WHERE number = 2');
    db.exec("UPDATE record SET kind = 'event' WHERE number = 4");
    db.close();
    store = openStore(folder);
    const numbers: number[] = [];
    for (let batch = store.waiting(ALL); batch.length > 0; batch = store.waiting(ALL)) {
      numbers.push(...batch.map(({ number }) => number));
      if (numbers.length <= 2) expect(recordOf(batch.at(-1)!).number).toBe(numbers.at(-1));
      store.acknowledge(numbers.at(-1)!);
    }
    expect(numbers).toEqual([1, 2, 3, 4, 5]);
    expect(store.stats()).toMatchObject({
      state: 'recording',
      aside: 2,
      problem: expect.stringMatching(/aside/),
    });
    store.close();
  });

  it('keeps what the hub refuses aside, with a note in its place', () => {
    const store = openStore(folder);
    store.append(vitals(2));
    store.append(vitals(3));
    store.setAside(2, 'refused');
    store.setAside(2, 'refused');
    expect(
      store
        .waiting(ALL)
        .map(recordOf)
        .map(({ kind, data }) => [kind, data]),
    ).toMatchObject([
      ['event', {}],
      ['void', { was: 'vitals', reason: 'refused' }],
      ['vitals', {}],
    ]);
    expect(store.stats()).toMatchObject({ aside: 1 });
    store.close();
  });
});

describe('a file that cannot be read', () => {
  it.each<[string, string, () => void]>([
    ['garbage', 'damaged', () => writeFileSync(file(), randomBytes(20_000))],
    ['cut short', 'damaged', () => writeFileSync(file(), readFileSync(file()).subarray(0, 8192))],
    ['a damaged page', 'damaged', () => overwrite(file(), 3 * 4096, randomBytes(8192))],
    ['a lost key', 'keyMissing', () => rmSync(file('outbox.key'))],
    ['a damaged key', 'keyMissing', () => writeFileSync(file('outbox.key'), 'not a key')],
    [
      'the key of another box',
      'keyMissing',
      () => writeFileSync(file('outbox.key'), randomBytes(32).toString('base64url')),
    ],
  ])('is moved aside whole, and another series begins: %s', (_, because, spoil) => {
    let store = openStore(folder);
    for (let i = 0; i < 40; i++) store.append(vitals(i));
    const { outboxId } = store;
    store.close();
    spoil();
    const spoilt = readFileSync(file());
    store = openStore(folder);
    expect(store.outboxId).not.toBe(outboxId);
    const [begun] = eventsOf(store);
    expect(begun).toMatchObject({ type: 'outbox.begun', because });
    const { setAside } = begun as { setAside: string };
    // SQLite may have touched the counters in its first hundred bytes.
    expect(readFileSync(file(setAside)).subarray(100).equals(spoilt.subarray(100))).toBe(true);
    expect(store.stats()).toMatchObject({ state: 'recording', problem: expect.stringContaining(setAside) });
    expect(store.append(vitals(1))).toBe(2);
    store.close();
    // And that series goes on.
    store = openStore(folder);
    expect(store.waiting(ALL).length).toBe(2);
    store.close();
  });

  it('is replaced at work as well', () => {
    const store = openStore(folder);
    // More than SQLite keeps in memory.
    for (let i = 0; i < 160; i++) store.append(vitals(i, randomBytes(60_000)));
    store.acknowledge(10);
    const { outboxId } = store;
    // The file under the open database: its B-tree no longer makes sense.
    const pages = statSync(file()).size / 4096;
    for (let page = 2; page < pages; page++) overwrite(file(), page * 4096, Buffer.alloc(4096, 0xff));
    store.waiting(ALL);
    expect(store.outboxId).not.toBe(outboxId);
    expect(eventsOf(store)[0]).toMatchObject({ because: 'damaged' });
    expect(store.append(vitals(1))).toBeGreaterThan(1);
    store.close();
  });
});

describe('when room runs out', () => {
  const fill = (store: OutboxStore, most = 100_000): number => {
    for (let n = 0; n < most; n++) if (store.append(vitals(n, randomBytes(5000))) === null) return n;
    throw new Error('never full');
  };

  it('refuses vitals first, then captures, events last; deletes nothing; tells of each loss once', () => {
    const store = openStore(folder, { limitBytes: 2 * MB });
    const kept = fill(store);
    const waitingBefore = store.stats().waiting;
    expect(store.append(vitals(500_000))).toBeNull();
    expect(store.stats()).toMatchObject({ state: 'limit', lost: 2, waiting: waitingBefore });
    const small = { mediaType: 'image/png', label: '' } as const;
    expect(store.appendCapture(stampAt(1), small, randomBytes(40_000))).not.toBeNull();
    while (store.appendCapture(stampAt(600_000), small, randomBytes(40_000)) !== null);
    expect(store.append(event(2))).not.toBeNull();
    expect(store.stats().lost).toBe(3);

    store.reportLosses({ endedBeforeMs: 500_000 });
    expect(eventsOf(store).filter(({ type }) => type === 'outbox.lost')).toEqual([]);
    store.reportLosses({ endedBeforeMs: 1_000_000 });
    store.reportLosses({ endedBeforeMs: 1_000_000 });
    const lost = eventsOf(store).filter(({ type }) => type === 'outbox.lost');
    expect(lost).toEqual([
      { type: 'outbox.lost', kind: 'vitals', reason: 'limit', count: 2, fromMs: kept, untilMs: 500_000 },
      { type: 'outbox.lost', kind: 'capture', reason: 'limit', count: 1, fromMs: 600_000, untilMs: 600_000 },
    ]);

    store.acknowledge(kept);
    expect(store.append(vitals(1))).not.toBeNull();
    expect(store.stats()).toMatchObject({ state: 'recording', lost: 3 });
    store.close();
  });

  it('leaves the disk its minimum of room', () => {
    let freeBytes = 100 * MB;
    const store = openStore(folder, { minFreeBytes: 50 * MB, freeBytes: () => freeBytes });
    expect(store.append(vitals(1))).not.toBeNull();
    freeBytes = 49 * MB;
    expect(store.append(vitals(1))).toBeNull();
    expect(store.stats()).toMatchObject({ state: 'disk', lost: 1 });
    expect(
      store.appendCapture(stampAt(1), { mediaType: 'image/png', label: '' }, randomBytes(10)),
    ).not.toBeNull();
    freeBytes = 10 * MB;
    expect(
      store.appendCapture(stampAt(1), { mediaType: 'image/png', label: '' }, randomBytes(10)),
    ).toBeNull();
    expect(store.append(event(1))).not.toBeNull();
    freeBytes = MB;
    expect(store.append(event(1))).toBeNull();
    freeBytes = 100 * MB;
    expect(store.stats()).toMatchObject({ state: 'recording', lost: 3 });
    store.close();
  });

  it('gives the disk back what was acknowledged', () => {
    const store = openStore(folder);
    for (let i = 0; i < 400; i++) store.append(vitals(i, randomBytes(60_000)));
    const before = store.stats().bytes;
    store.acknowledge(390);
    for (let i = 0; i < 3; i++) store.acknowledge(391 + i);
    expect(store.stats().bytes).toBeLessThan(before / 10);
    store.close();
    expect(statSync(file()).size).toBeLessThan(before * 0.85);
  });

  // A really full disk needs one: a small file system in memory, which only root may mount.
  it.skipIf(process.getuid?.() !== 0)(
    'names a really full disk, goes on when there is room, and has counted',
    () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]);
      try {
        const store = openStore(folder);
        const kept = fill(store);
        expect(kept).toBeGreaterThan(10);
        const stats = store.stats();
        expect(stats).toMatchObject({
          state: 'disk',
          problem: expect.stringMatching(/full/),
          waiting: kept + 1,
        });
        expect(stats.lost).toBeGreaterThan(0);
        for (let i = 0; i < 5; i++) store.append(vitals(i, randomBytes(5000)));
        execFileSync('mount', ['-o', 'remount,size=20m', folder]);
        expect(store.append(vitals(1))).toBe(kept + 2);
        store.reportLosses({ endedBeforeMs: Infinity });
        expect(store.stats()).toMatchObject({ state: 'recording', lost: 6 });
        expect(eventsOf(store).at(-1)).toMatchObject({ type: 'outbox.lost', reason: 'disk', count: 6 });
        store.close();
      } finally {
        execFileSync('umount', ['-l', folder]);
      }
    },
  );

  it.skipIf(process.getuid?.() === 0)('names a folder that it may not write', () => {
    chmodSync(folder, 0o500);
    const store = openStore(path.join(folder, 'inside'));
    expect(store.append(event(1))).toBeNull();
    expect(store.stats()).toMatchObject({ state: 'failing', lost: 1 });
    chmodSync(folder, 0o700);
    expect(store.append(event(1))).not.toBeNull();
    store.close();
  });
});

function overwrite(name: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(name, 'r+');
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
}

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeBatch, type RecordBatch } from '../../../src/lib/signaling/contract/index.ts';
import { judge, sendTo, type Outcome } from './hub-records.ts';
import type { OutboxStore } from './store.ts';
import { openStore, stampAt, temporaryFolder } from './testing/outbox-folder.ts';
import { Uploader } from './uploader.ts';

const NEVER = new AbortController().signal;

let folder: string;
let remove: () => void;
let store: OutboxStore;
let uploader: Uploader;
/** What the hub answers to each batch. */
let answer: (batch: RecordBatch) => Outcome;
let batches: RecordBatch[];
let tokens: boolean[];
let mayUseKbps: number;

beforeEach(() => {
  ({ folder, remove } = temporaryFolder('fast'));
  store = openStore(folder);
  [batches, tokens, mayUseKbps] = [[], [], Infinity];
  answer = ({ outboxId, records }) => ({
    kind: 'acknowledged',
    outboxId,
    through: records.at(-1)!.record.number,
  });
  uploader = new Uploader({
    store,
    token: async (fresh) => String(tokens.push(fresh)),
    send: async (bytes) => {
      const batch = decodeBatch(bytes);
      batches.push(batch);
      return answer(batch);
    },
    mayUseKbps: () => mayUseKbps,
    log: vi.fn(),
    random: () => 0.5,
  });
});
afterEach(async () => {
  await uploader.stop();
  store.close();
  remove();
});

const add = (count: number, bytes = 100): void => {
  for (let i = 0; i < count; i++) {
    store.append({ kind: 'vitals', stamp: stampAt(i), data: { durationMs: 1000 }, body: randomBytes(bytes) });
  }
};
const numbers = (): number[] => batches.flatMap(({ records }) => records.map(({ record }) => record.number));

describe('the uploader', () => {
  it('sends all in order and is idle; wakes for what comes after', async () => {
    add(450);
    uploader.start();
    await vi.waitFor(() => expect(store.stats().waiting).toBe(0));
    expect(numbers()).toEqual(Array.from({ length: 451 }, (_, i) => i + 1));
    await vi.waitFor(() => expect(uploader.state).toBe('idle'));
    add(1);
    uploader.appended();
    await vi.waitFor(() => expect(store.stats().waiting).toBe(0));
  });

  it('sends less at once when it may use little', async () => {
    add(20, 10_000);
    mayUseKbps = 50; // 25 kB in the four seconds of a batch
    await uploader.round();
    expect(batches[0]?.records.length).toBeLessThan(5);
    mayUseKbps = 0;
    await uploader.round();
    expect(batches[1]?.records.length).toBe(1);
  });

  it('waits longer and longer while the hub is away, and starts afresh after it', async () => {
    add(1);
    answer = () => ({ kind: 'away', reason: 'ECONNREFUSED' });
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) pauses.push(await uploader.round());
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
    expect(uploader).toMatchObject({ state: 'away', problem: 'ECONNREFUSED' });
    expect(store.stats().waiting).toBe(2);
    answer = ({ outboxId }) => ({ kind: 'acknowledged', outboxId, through: 1 });
    expect(await uploader.round()).toBe(0);
    expect(uploader).toMatchObject({ state: 'sending', problem: null });
    answer = () => ({ kind: 'away', reason: 'ECONNREFUSED' });
    expect(await uploader.round()).toBe(1000);
  });

  it('asks for a new token once when its own has run out, and says refused when that does not help', async () => {
    add(1);
    answer = () => ({ kind: 'unauthenticated', reason: 'no' });
    expect(await uploader.round()).toBe(0);
    expect(await uploader.round()).toBeGreaterThan(0);
    expect(tokens).toEqual([false, true]);
    expect(uploader.state).toBe('refused');
    expect(store.stats().waiting).toBe(2);
  });

  it.each<[string, (batch: RecordBatch) => Outcome]>([
    ['another outbox', () => ({ kind: 'acknowledged', outboxId: 'B'.repeat(22), through: 2 })],
    ['less than was sent', ({ outboxId }) => ({ kind: 'acknowledged', outboxId, through: 0 })],
    ['a refusal of what was not sent', () => ({ kind: 'badRecord', record: 9, reason: 'bad' })],
    ['a wish for what was sent', () => ({ kind: 'gap', expected: 1 })],
    ['an answer of no sense', () => ({ kind: 'nonsense', reason: '<html>' })],
  ])('keeps everything and names it when the answer is %s', async (_, nonsense) => {
    add(2);
    answer = nonsense;
    for (let i = 0; i < 5; i++) expect(await uploader.round()).toBeGreaterThan(0);
    expect(uploader.state).toBe('nonsense');
    expect(uploader.problem).toBeTruthy();
    expect(store.stats()).toMatchObject({ waiting: 3, aside: 0 });
  });

  it('deletes no more than it sent, whatever the hub says it has', async () => {
    add(10, 10_000);
    mayUseKbps = 0;
    answer = ({ outboxId }) => ({ kind: 'acknowledged', outboxId, through: 1_000_000 });
    await uploader.round();
    expect(store.stats().waiting).toBe(10);
  });

  it('sets aside what the hub refuses again and again, and goes on; but not everything', async () => {
    add(30);
    const bad = 4;
    answer = ({ outboxId, records }) =>
      records.some(({ record }) => record.number === bad && record.kind !== 'void')
        ? { kind: 'badRecord', record: bad, reason: 'garbage' }
        : { kind: 'acknowledged', outboxId, through: records.at(-1)!.record.number };
    for (let i = 0; i < 3; i++) await uploader.round();
    expect(store.stats()).toMatchObject({ waiting: 31, aside: 1 });
    await uploader.round();
    expect(store.stats()).toMatchObject({ waiting: 0, aside: 1 });
    expect(batches.at(-1)?.records.find(({ record }) => record.number === bad)?.record).toMatchObject({
      kind: 'void',
      data: { was: 'vitals', reason: 'refused' },
    });

    add(30);
    answer = ({ outboxId, records }) => {
      const first = records.find(({ record }) => record.kind !== 'void')?.record.number;
      return first
        ? { kind: 'badRecord', record: first, reason: 'a broken hub' }
        : { kind: 'acknowledged', outboxId, through: records.at(-1)!.record.number };
    };
    for (let i = 0; i < 100; i++) await uploader.round();
    expect(store.stats().aside).toBe(10);
    expect(uploader.state).toBe('nonsense');
  });

  it('tells a hub that lacks older records from where they are missing', async () => {
    add(3);
    store.acknowledge(2);
    answer = ({ outboxId, gapFrom, records }) =>
      gapFrom === 1
        ? { kind: 'acknowledged', outboxId, through: records.at(-1)!.record.number }
        : { kind: 'gap', expected: 1 };
    await uploader.round();
    await uploader.round();
    expect(batches.map(({ gapFrom }) => gapFrom)).toEqual([null, 1]);
    expect(store.stats().waiting).toBe(0);
  });
});

describe('the answer of a hub', () => {
  const outboxId = 'A'.repeat(22);
  it.each<[number, unknown, string]>([
    [200, { outboxId, through: 5 }, 'acknowledged'],
    [200, { outboxId, through: -5 }, 'nonsense'],
    [200, { outboxId: '../', through: 5 }, 'nonsense'],
    [200, 'yes', 'nonsense'],
    [200, undefined, 'nonsense'],
    [302, undefined, 'nonsense'],
    [404, { error: { code: 'not_found', message: '' } }, 'nonsense'],
    [400, { error: { code: 'invalid_message', message: '' } }, 'nonsense'],
    [400, { error: { code: 'invalid_message', message: '', record: 4 } }, 'badRecord'],
    [401, { error: { code: 'unauthenticated', message: '' } }, 'unauthenticated'],
    [409, { error: { code: 'out_of_order', message: '', expected: 4 } }, 'gap'],
    [409, { error: { code: 'conflict', message: '', record: 4 } }, 'conflict'],
    [413, { error: { code: 'message_too_large', message: '' } }, 'nonsense'],
    [429, undefined, 'away'],
    [500, '<html>', 'away'],
    [503, { error: { code: 'unavailable', message: '' } }, 'away'],
  ])('%i %j is %s', (status, body, kind) => expect(judge(status, body).kind).toBe(kind));
});

describe('over HTTP', () => {
  let server: Server;
  let url: string;
  let handle: (request: IncomingMessage, response: ServerResponse) => void;
  beforeEach(async () => {
    server = createServer((request, response) => handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const batch = new Uint8Array(randomBytes(50_000));

  it('sends the batch and the token, and reads the answer', async () => {
    let seen: { body: Buffer; authorization: string | undefined } | null = null;
    handle = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen = { body: Buffer.concat(chunks), authorization: request.headers.authorization };
      response.end(JSON.stringify({ outboxId: 'A'.repeat(22), through: 3 }));
    };
    expect(await sendTo(url, () => Infinity)(batch, 'secret', NEVER)).toEqual({
      kind: 'acknowledged',
      outboxId: 'A'.repeat(22),
      through: 3,
    });
    expect(seen!.body.equals(batch)).toBe(true);
    expect(seen!.authorization).toBe('Bearer secret');
  });

  it('keeps to the rate it is given, and stands still at none', async () => {
    let kbps = 0;
    const arrivals: { atMs: number; bytes: number }[] = [];
    handle = async (request, response) => {
      for await (const chunk of request) {
        arrivals.push({ atMs: performance.now(), bytes: (chunk as Buffer).length });
      }
      response.end('{}');
    };
    const sent = sendTo(url, () => kbps)(batch, 't', NEVER);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(arrivals.length).toBe(0);
    kbps = 400;
    await sent;
    const seconds = (arrivals.at(-1)!.atMs - arrivals[0]!.atMs) / 1000;
    const bytes = arrivals.reduce((sum, arrival) => sum + arrival.bytes, 0) - arrivals[0]!.bytes;
    // The pauses make it slower than allowed, never faster.
    expect((bytes * 8) / 1000 / seconds).toBeLessThan(440);
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void, Outcome['kind']]>([
    ['hangs up', (request) => request.socket.destroy(), 'away'],
    ['sends elsewhere', (_, response) => response.writeHead(302, { location: '/login' }).end(), 'nonsense'],
    ['answers without end', (_, response) => void response.end(Buffer.alloc(100_000, 'x')), 'nonsense'],
    ['answers a page', (_, response) => void response.end('<html>'), 'nonsense'],
  ])('a hub that %s', async (_, behaviour, kind) => {
    handle = behaviour;
    expect((await sendTo(url, () => Infinity)(batch, 't', NEVER)).kind).toBe(kind);
  });

  it('gives up at once when it is to stop', async () => {
    const stop = new AbortController();
    const sent = sendTo(url, () => 0)(batch, 't', stop.signal);
    stop.abort();
    expect((await sent).kind).toBe('away');
  });

  it('a hub that is not there', async () => {
    server.close();
    expect(await sendTo(url, () => Infinity)(batch, 't', NEVER)).toEqual({
      kind: 'away',
      reason: 'ECONNREFUSED',
    });
  });
});

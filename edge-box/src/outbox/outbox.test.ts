import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { decodeBatch, type BoxRecord } from '../../../src/lib/signaling/contract/index.ts';
import { BoxClock } from '../clock.ts';
import { outboxBudgetKbps } from './budget.ts';
import { Outbox } from './outbox.ts';
import { MB, stampAt, temporaryFolder } from './testing/outbox-folder.ts';

let folder: string;
let remove: () => void;
let server: Server;
let received: BoxRecord[];
let authorizations: (string | undefined)[];
let status: number;
const log = vi.fn();

beforeEach(async () => {
  ({ folder, remove } = temporaryFolder('fast'));
  [received, authorizations, status] = [[], [], 200];
  server = createServer((request, response) => {
    void (async () => {
      authorizations.push(request.headers.authorization);
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.statusCode = status;
      if (status !== 200)
        return response.end(JSON.stringify({ error: { code: 'unauthenticated', message: '' } }));
      const { outboxId, records } = decodeBatch(Buffer.concat(chunks));
      received.push(...records.map(({ record }) => record));
      return response.end(JSON.stringify({ outboxId, through: received.at(-1)!.number }));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  remove();
});

const open = (tokens = ['first', 'second']): Outbox =>
  new Outbox({
    folder,
    limitBytes: 64 * MB,
    minFreeBytes: 0,
    hubUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    version: '1.2.3',
    clock: new BoxClock(),
    where: { clockRun: 'run-12345', hubOffsetMs: null, roomId: null },
    token: () => Promise.resolve(tokens.shift() ?? 'last'),
    mayUseKbps: () => Infinity,
    log,
  });
const vitals = (atMs: number) =>
  ({ kind: 'vitals', stamp: stampAt(atMs), data: { durationMs: 1000 }, body: randomBytes(2000) }) as const;

it('keeps, sends and forgets from a thread of its own, and says how it is', async () => {
  const outbox = open();
  expect(await outbox.append(vitals(1))).toBe(3);
  expect(
    await outbox.appendCapture(stampAt(2), { mediaType: 'image/png', label: '' }, randomBytes(300_000)),
  ).toBe(4);
  await vi.waitFor(() => expect(received.length).toBe(7), { timeout: 10_000 });
  expect(received.map(({ kind }) => kind)).toEqual([
    ...['event', 'event', 'vitals', 'capture'],
    ...['capturePart', 'capturePart', 'capturePart'],
  ]);
  expect(received[1]?.data).toEqual({ type: 'agent.started', version: '1.2.3', clean: true });
  await vi.waitFor(
    () => expect(outbox.stats()).toMatchObject({ state: 'recording', waiting: 0, upload: 'idle' }),
    {
      timeout: 10_000,
    },
  );
  await outbox.close();
});

it('refuses at once a capture that no hub would take', async () => {
  const outbox = open();
  const meta = { mediaType: 'image/png', label: '' } as const;
  const bytes = randomBytes(10);
  await expect(outbox.appendCapture(stampAt(1), meta, new Uint8Array())).rejects.toThrow(RangeError);
  await expect(outbox.appendCapture(stampAt(1), meta, new Uint8Array(17 * MB))).rejects.toThrow(RangeError);
  const script = { ...meta, mediaType: 'text/html' as 'image/png' };
  await expect(outbox.appendCapture(stampAt(1), script, bytes)).rejects.toThrow(RangeError);
  const long = { ...meta, label: 'x'.repeat(65) };
  await expect(outbox.appendCapture(stampAt(1), long, bytes)).rejects.toThrow(RangeError);
  expect(await outbox.appendCapture(stampAt(1), meta, bytes)).toBe(3);
  await outbox.close();
});

it('gets a new token when the hub no longer takes the old one', async () => {
  const outbox = open();
  status = 401;
  await vi.waitFor(() => expect(authorizations.length).toBeGreaterThan(1), { timeout: 10_000 });
  expect(authorizations.slice(0, 2)).toEqual(['Bearer first', 'Bearer second']);
  status = 200;
  await vi.waitFor(() => expect(received.length).toBe(2), { timeout: 15_000 });
  await outbox.close();
});

it('has everything again after a stop while the hub was away', async () => {
  status = 503;
  let outbox = open();
  for (let i = 0; i < 20; i++) await outbox.append(vitals(i));
  await outbox.close();
  status = 200;
  outbox = open();
  await vi.waitFor(() => expect(received.length).toBe(23), { timeout: 15_000 });
  expect(received.map(({ number }) => number)).toEqual(Array.from({ length: 23 }, (_, i) => i + 1));
  await outbox.close();
});

it('leaves the uplink to pictures and sound, but never starves', () => {
  const video = (...kbps: number[]) => kbps.map((targetKbps) => ({ targetKbps }));
  expect(outboxBudgetKbps({ state: 'idle', estimateKbps: null, video: [] })).toBe(Infinity);
  expect(outboxBudgetKbps({ state: 'lost', estimateKbps: 900, video: video(800) })).toBe(64);
  expect(outboxBudgetKbps({ state: 'connected', estimateKbps: null, video: video(800) })).toBe(64);
  expect(outboxBudgetKbps({ state: 'connected', estimateKbps: 800, video: video(790) })).toBe(40);
  expect(outboxBudgetKbps({ state: 'connected', estimateKbps: 200, video: video(250) })).toBe(16);
  expect(outboxBudgetKbps({ state: 'connected', estimateKbps: 10_000, video: video(4_000, 800) })).toBe(
    2_600,
  );
});

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { reminder } from '../../../storage/index.ts';
import type { ReminderData } from '../../model/time/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../../testing/clinic-world.ts';
import { Webhooks } from '../webhooks.ts';
import type { ReminderRow } from './channel.ts';
import { isPublicAddress } from './public-address.ts';
import { postSigned, signatureOf } from './signed-post.ts';
import { WebhookChannel } from './webhook.ts';

let world: ClinicWorld;
let server: Server;
const seen: { headers: IncomingMessage['headers']; body: string }[] = [];
let answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end();
beforeAll(async () => {
  world = await startClinicWorld();
  server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ headers: request.headers, body });
      answer(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  seen.length = 0;
  answer = (response) => response.writeHead(204).end();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await world.stop();
});

const port = () => (server.address() as AddressInfo).port;
const here = () => `http://127.0.0.1:${port()}/hook`;
const message = (url: string) => ({
  url,
  secret: 'whsec_plJ3nmyCDGBKInavdOK15jsl',
  id: 'msg_loFOjxBNrRLzqYUf',
  body: '{"event_type":"ping","data":{"success":true}}',
  nowMs: 1731705121_000,
});
const failure = (delivery: Promise<unknown>) =>
  delivery.then(
    () => null,
    (error: unknown) => error,
  );

it('signs as the Standard Webhooks specification does, by its own example', () => {
  expect(signatureOf(message('x'), 1731705121)).toBe('v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=');
});

describe('a message to another system', () => {
  it('says what changed, by ids and times, under its signature', async () => {
    const webhooks = new Webhooks(world.db, { allowPrivate: true });
    const administrator = world.person('administrator');
    const { webhookId, secret } = await webhooks.add(administrator, here());
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const channel = new WebhookChannel({ db: world.db, allowPrivate: true, now: () => 1731705121_000 });
    const data: ReminderData = {
      subjectId: 'appointment1',
      service: 'consult',
      atMs: Date.parse('2026-11-29T07:00Z'),
      endsAtMs: Date.parse('2026-11-29T07:30Z'),
      surname: '王',
      sequence: 2,
    };
    const row = {
      id: 'reminder1',
      recipient: `i_${webhookId}`,
      kind: 'booking.moved',
      caseId: 'case1',
      data,
    } as ReminderRow;
    await channel.deliver(row);
    const [got] = seen;
    expect(JSON.parse(got!.body)).toEqual({
      type: 'booking.moved',
      timestamp: '2024-11-15T21:12:01.000Z',
      data: {
        caseId: 'case1',
        appointmentId: 'appointment1',
        service: 'consult',
        startsAt: '2026-11-29T07:00:00.000Z',
        endsAt: '2026-11-29T07:30:00.000Z',
        sequence: 2,
      },
    });
    const signed = { url: '', secret, id: 'reminder1', body: got!.body, nowMs: 0 };
    expect(got!.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'reminder1',
      'webhook-timestamp': '1731705121',
      'webhook-signature': signatureOf(signed, 1731705121),
    });

    await webhooks.disable(administrator, webhookId);
    expect(await failure(channel.deliver(row))).toMatchObject({ isFinal: true });
    expect(seen).toHaveLength(1);
  });

  it('follows nobody elsewhere, and knows who will never want it', async () => {
    const post = () => failure(postSigned(message(here()), { allowPrivate: true }));
    answer = (response) => response.writeHead(302, { location: here() }).end();
    expect(await post()).toMatchObject({ message: 'webhook: 302', isFinal: false });
    expect(seen).toHaveLength(1);
    answer = (response) => response.writeHead(500).end();
    expect(await post()).toMatchObject({ message: 'webhook: 500', isFinal: false });
    answer = (response) => response.writeHead(410).end();
    expect(await post()).toMatchObject({ isFinal: true });
    answer = (response) => response.destroy();
    expect(await post()).toMatchObject({ message: 'webhook: ECONNRESET', isFinal: false });
    // An endless answer is not read.
    answer = (response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(more));
    };
    expect(await post()).toBeNull();
  });

  it('waits five seconds, no longer', async () => {
    answer = () => undefined;
    const startedMs = performance.now();
    expect(await failure(postSigned(message(here()), { allowPrivate: true }))).toMatchObject({
      message: 'webhook: no answer in time',
      isFinal: false,
    });
    expect(performance.now() - startedMs).toBeGreaterThan(4500);
  });

  it('is not sent to the hub’s neighbours, neither by address nor by a name that leads there', async () => {
    const places = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '10.0.0.1',
      '169.254.169.254',
      '[::ffff:127.0.0.1]',
      '2130706433',
    ];
    for (const place of places)
      expect(
        await failure(postSigned(message(`http://${place}:${port()}/`), { allowPrivate: false })),
      ).toMatchObject({ message: 'webhook: not a public address', isFinal: true });
    expect(seen).toEqual([]);
  });
});

it('knows which addresses are public', () => {
  for (const address of ['1.1.1.1', '114.114.114.114', '172.15.255.255', '172.32.0.1', '2400:3200::1'])
    expect(isPublicAddress(address), address).toBe(true);
  for (const address of [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.8.8.8',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '2002:a00:1::',
    'localhost',
    '',
  ])
    expect(isPublicAddress(address), address).toBe(false);
});

describe('the addresses of other systems', () => {
  it('are an administrator’s affair, of the own institution, and public', async () => {
    const webhooks = new Webhooks(world.db, { allowPrivate: false });
    const administrator = world.person('administrator', 'city');
    const add = (url: unknown, by = administrator) => outcome(webhooks.add(by, url));
    expect(await add('https://his.example.org/hook')).toBe('ok');
    for (const wrong of [
      'http://his.example.org/',
      'https://user:word@his.example.org/',
      'ftp://his.example.org/',
      'https://10.0.0.1/',
      'http://localhost/',
      'https://127.0.0.1/',
      'https://[fd00::1]/',
      `https://his.example.org/${'x'.repeat(500)}`,
      5,
    ])
      expect(await add(wrong), String(wrong)).toBe('invalid_message');
    expect(await add('https://his.example.org/', world.person('dispatcher', 'city'))).toBe('forbidden');
    expect(await outcome(webhooks.list(world.person('specialist', 'city')))).toBe('forbidden');

    const [listed, ...more] = await webhooks.list(administrator);
    expect(more).toEqual([]);
    expect(listed).not.toHaveProperty('secret');
    const elsewhere = world.person('administrator', 'elsewhere');
    expect(await webhooks.list(elsewhere)).toEqual([]);
    expect(await outcome(webhooks.disable(elsewhere, listed!.webhookId))).toBe('not_found');
    expect(listed).toMatchObject({ disabledAtMs: null, last: null });
    const { webhookId } = listed!;
    expect(await outcome(webhooks.enable(administrator, webhookId))).toBe('not_found');
    expect(await outcome(webhooks.disable(administrator, webhookId))).toBe('ok');
    expect((await webhooks.list(administrator))[0]?.disabledAtMs).toEqual(expect.any(Number));
    expect(await outcome(webhooks.enable(elsewhere, webhookId))).toBe('not_found');
    expect(await outcome(webhooks.enable(administrator, webhookId))).toBe('ok');
    expect((await webhooks.list(administrator))[0]?.disabledAtMs).toBeNull();
  });

  it('say what became of the last message to them', async () => {
    const webhooks = new Webhooks(world.db, { allowPrivate: false });
    const administrator = world.person('administrator', 'elsewhere');
    const { webhookId } = await webhooks.add(administrator, 'https://his.example.org/hook');
    const dueAt = new Date('2026-11-28T08:00:00Z');
    const add = (id: string, values: Partial<ReminderRow>) =>
      world.db.insert(reminder).values({
        ...{ id, dedupeKey: id, recipient: `i_${webhookId}`, channel: 'webhook', kind: 'booking.made' },
        ...{ data: {}, dueAt, attempts: 1, ...values },
      });
    const last = async () => (await webhooks.list(administrator))[0]?.last;
    await add('before', { attempts: 0, dueAt: new Date('2026-11-29T08:00:00Z') });
    expect(await last()).toBeNull();
    await add('first', { state: 'sent', sentAt: dueAt });
    expect(await last()).toEqual({ state: 'sent', atMs: dueAt.getTime(), reason: null });
    const nextAt = new Date('2026-11-28T08:05:00Z');
    await add('second', { dueAt: nextAt, lastError: 'webhook: no answer in time' });
    expect(await last()).toEqual({ state: 'retrying', atMs: nextAt.getTime(), reason: 'no answer in time' });
    await world.db
      .update(reminder)
      .set({ state: 'failed', lastError: 'webhook: 410' })
      .where(eq(reminder.id, 'second'));
    expect(await last()).toMatchObject({ state: 'failed', reason: '410' });
  });
});

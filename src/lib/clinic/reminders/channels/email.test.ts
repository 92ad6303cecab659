import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eq } from 'drizzle-orm';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { account, contactPreference } from '../../../storage/index.ts';
import type { ReminderData } from '../../model/time/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../../testing/clinic-world.ts';
import type { ReminderRow } from './channel.ts';
import { EmailChannel } from './email.ts';

let world: ClinicWorld;
let server: SMTPServer;
const letters: { from: string; to: string[]; content: string }[] = [];
/** Of the addressee; null: welcome. */
let refusal: { message: string; responseCode: number } | null = null;

beforeAll(async () => {
  world = await startClinicWorld();
  server = new SMTPServer({
    hideSTARTTLS: true,
    onAuth: ({ username, password }, _session, callback) =>
      username === 'hub' && password === 'geheim'
        ? callback(null, { user: username })
        : callback(new Error('wrong login')),
    onRcptTo: (_address, _session, callback) =>
      refusal
        ? callback(Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }))
        : callback(),
    onData: (stream, { envelope }, callback) => {
      void text(stream).then((content) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        letters.push({ from, to: envelope.rcptTo.map(({ address }) => address), content });
        callback();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  await world.db
    .insert(contactPreference)
    .values({ accountId: doctor().accountId, email: 'wang@example.org', emailOn: true });
});
afterEach(() => {
  letters.length = 0;
  refusal = null;
});
afterAll(async () => {
  await new Promise<void>((closed) => server.close(() => closed()));
  await world.stop();
});

const doctor = () => world.person('specialist', 'city');
const channel = (login = 'hub:geheim@') =>
  new EmailChannel({
    db: world.db,
    zone: 'Asia/Shanghai',
    settings: {
      smtpUrl: `smtp://${login}127.0.0.1:${(server.server.address() as AddressInfo).port}`,
      from: '远程会诊中心 <hub@clinic.example>',
    },
  });
const data: ReminderData = {
  subjectId: 'appointment1',
  service: 'consult',
  atMs: Date.parse('2026-11-29T15:00+08:00'),
  endsAtMs: null,
  surname: '王',
  sequence: 0,
};
const row = (over: Partial<ReminderRow> = {}): ReminderRow => ({
  id: 'reminder1',
  dedupeKey: 'key',
  caseId: null,
  recipient: doctor().principalId,
  channel: 'email',
  kind: 'visit.day',
  data,
  dueAt: new Date(),
  state: 'waiting',
  attempts: 1,
  lastError: null,
  sentAt: null,
  ...over,
});
const failure = (delivery: Promise<void>) =>
  delivery.then(
    () => null,
    (error: unknown) => error,
  );
/** Headers and text as the reader sees them. */
function read(content: string) {
  const [head = '', ...body] = content.split('\r\n\r\n');
  const word = (value: string) =>
    value.replace(/=\?UTF-8\?B\?([^?]+)\?=\s*/gi, (_, coded: string) =>
      Buffer.from(coded, 'base64').toString(),
    );
  const header = (name: string) =>
    word(new RegExp(`^${name}: (.*(?:\\r\\n\\s.*)*)`, 'im').exec(head)?.[1] ?? '');
  const isBase64 = header('Content-Transfer-Encoding') === 'base64';
  const raw = body.join('\r\n\r\n');
  return {
    header,
    text: isBase64 ? Buffer.from(raw, 'base64').toString() : raw,
  };
}

describe('a letter', () => {
  it('arrives with when, what and with whom, in the reader’s language', async () => {
    await channel().deliver(row());
    const [letter] = letters;
    expect(letter).toMatchObject({ from: 'hub@clinic.example', to: ['wang@example.org'] });
    const { header, text } = read(letter!.content);
    expect(header('Subject').trim()).toBe('预约提醒');
    expect(header('Message-ID')).toBe('<reminder1@clinic.example>');
    expect(header('Auto-Submitted')).toBe('auto-generated');
    expect(text).toMatch(/^远程会诊 · 王医生，11月29日.*15:00/);

    await world.db.update(account).set({ locale: 'en' }).where(eq(account.id, doctor().accountId));
    await channel().deliver(row({ kind: 'booking.cancelled' }));
    expect(read(letters[1]!.content).header('Subject')).toBe('Appointment cancelled');
  });

  it('is not sent to who does not want it any more, or without a server', async () => {
    const { db } = world;
    expect(await failure(new EmailChannel({ db, zone: 'UTC', settings: null }).deliver(row()))).toMatchObject(
      { message: 'no mail server', isFinal: true },
    );
    expect(
      await failure(channel().deliver(row({ recipient: world.person('specialist').principalId }))),
    ).toMatchObject({ message: 'no e-mail wanted any more', isFinal: true });
    expect(letters).toEqual([]);
  });

  it('is tried again while the server may still take it, and not when it never will', async () => {
    refusal = { message: 'wang@example.org: mailbox full', responseCode: 452 };
    expect(await failure(channel().deliver(row()))).toMatchObject({ isFinal: false });
    refusal = { message: 'wang@example.org: no such mailbox', responseCode: 550 };
    const forGood = await failure(channel().deliver(row()));
    expect(forGood).toMatchObject({ isFinal: true, message: 'mail server EENVELOPE 550' });
    refusal = null;
    expect(await failure(channel('hub:wrong@').deliver(row()))).toMatchObject({ isFinal: false });
    const away = new EmailChannel({
      db: world.db,
      zone: 'UTC',
      settings: { smtpUrl: 'smtp://127.0.0.1:1', from: 'hub@clinic.example' },
    });
    expect(await failure(away.deliver(row()))).toMatchObject({ isFinal: false });
    expect(letters).toEqual([]);
  });

  it('can be tried out, to the own address and no other', async () => {
    await channel().deliverTest('try1', doctor().principalId);
    expect(letters[0]).toMatchObject({ to: ['wang@example.org'] });
    expect(read(letters[0]!.content).header('Subject').trim()).toBe('Test message');
    expect(
      await failure(channel().deliverTest('try2', world.person('specialist').principalId)),
    ).toMatchObject({
      message: 'no e-mail wanted any more',
    });
    // The world's hub has no server; how often somebody asks is counted all the same.
    const { reminders } = world.clinic;
    expect(reminders.sendsLetters).toBe(false);
    const tries = [];
    for (let count = 0; count < 4; count++) tries.push(await outcome(reminders.sendTestLetter(doctor())));
    expect(tries).toEqual(['unavailable', 'unavailable', 'unavailable', 'rate_limited']);
  });
});

import { and, eq } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clinicalCase, notification, reminder, webhook, type Transaction } from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { bookSlot, cancelBooking, markKept, reschedule } from '../time/booking.ts';
import { addCase, addSlot, DAY_MS, HOUR_MS, MINUTE_MS } from '../time/testing/time-world.ts';
import { DeliveryFailed, type Channel, type ReminderRow } from './channels/channel.ts';
import { SmsChannel } from './channels/sms.ts';
import { Contacts } from './contacts.ts';
import { Notifications } from './notifications.ts';
import { planForCase } from './plan.ts';
import { LEASE_MS, MOST_ATTEMPTS, ReminderRunner } from './runner.ts';
import { Webhooks } from './webhooks.ts';

let world: ClinicWorld;
let notifications: Notifications;
/** What left the hub, and what the other side answers. */
const left: ReminderRow[] = [];
let answer: (row: ReminderRow) => Promise<void> = async () => undefined;
const outside: Channel = {
  deliver: async (row) => {
    left.push(row);
    await answer(row);
  },
};

const runner = (): ReminderRunner =>
  new ReminderRunner({
    db: world.db,
    bus: world.bus,
    channels: {
      email: outside,
      webhook: outside,
      sms: new SmsChannel({ db: world.db, port: null, zone: 'Asia/Shanghai' }),
    },
    log: pino({ level: 'silent' }),
    now: () => world.clock.nowMs,
  });
async function tellAll(by = runner()): Promise<void> {
  while ((await by.runBatch()) > 0);
}

beforeAll(async () => {
  world = await startClinicWorld();
  notifications = new Notifications(world.db, () => world.clock.nowMs);
});
beforeEach(async () => {
  await world.db.delete(reminder);
  await world.db.delete(notification);
  left.length = 0;
  world.told.length = 0;
  answer = async () => undefined;
});
afterAll(() => world.stop());

const doctor = () => world.person('specialist', 'city');
const requester = () => world.person('rural_doctor');
const inTx = <T>(act: (tx: Transaction) => Promise<T>) => world.db.transaction(act);
let days = 0;
async function booked(inMs = ++days * 3 * DAY_MS, patientId?: string) {
  const wish = await addCase(world, { patientId: patientId ?? (await world.addPatient()) });
  const startsAtMs = world.clock.nowMs + inMs;
  const slotId = await addSlot(world, doctor(), startsAtMs);
  const nowMs = world.clock.nowMs;
  const booking = await inTx((tx) => bookSlot(tx, { slotId, ...wish, nowMs }));
  return { ...booking, nowMs };
}
const rowsOf = (caseId: string) => world.db.select().from(reminder).where(eq(reminder.caseId, caseId));
const waiting = async (caseId: string) =>
  (await rowsOf(caseId))
    .filter(({ state }) => state === 'waiting')
    .map(({ kind, recipient, dueAt }) => `${kind} ${recipient} ${dueAt.toISOString()}`)
    .toSorted();
/** As both doctors are told of it. */
const both = (kind: string, atMs: number) =>
  [requester(), doctor()].map(({ principalId }) => `${kind} ${principalId} ${new Date(atMs).toISOString()}`);

describe('what is planned', () => {
  it('follows a booking: at once, a day and an hour before; moves with it, and goes with it', async () => {
    const { caseId, startsAtMs, nowMs } = await booked();
    expect(await waiting(caseId)).toEqual(
      [
        ...both('booking.made', nowMs),
        ...both('visit.day', startsAtMs - DAY_MS),
        ...both('visit.hour', startsAtMs - HOUR_MS),
      ].toSorted(),
    );
    const laterMs = startsAtMs + HOUR_MS;
    const slotId = await addSlot(world, doctor(), laterMs);
    await inTx((tx) => reschedule(tx, { slotId, caseId, nowMs }));
    expect(await waiting(caseId)).toEqual(
      [
        ...both('booking.moved', nowMs),
        ...both('visit.day', laterMs - DAY_MS),
        ...both('visit.hour', laterMs - HOUR_MS),
      ].toSorted(),
    );
    await inTx((tx) => cancelBooking(tx, { caseId, reason: '停诊', nowMs }));
    expect(await waiting(caseId)).toEqual(both('booking.cancelled', nowMs).toSorted());
  });

  it('leaves out what would be said at the same moment, and everything once the patient was there', async () => {
    const { caseId, nowMs, startsAtMs } = await booked(3 * HOUR_MS);
    expect(await waiting(caseId)).toEqual(
      [...both('booking.made', nowMs), ...both('visit.hour', startsAtMs - HOUR_MS)].toSorted(),
    );
    await inTx((tx) => markKept(tx, { caseId, nowMs }));
    expect(await waiting(caseId)).toEqual([]);
  });

  it('is undone with the step that it belongs to', async () => {
    const { caseId } = await booked();
    const before = await waiting(caseId);
    const refused = inTx(async (tx) => {
      await cancelBooking(tx, { caseId, reason: 'x', nowMs: world.clock.nowMs });
      throw new Error('the step fails later');
    });
    await expect(refused).rejects.toThrow('later');
    expect(await waiting(caseId)).toEqual(before);
  });

  it('goes by mail to those who want that', async () => {
    const contacts = new Contacts(world.db, () => world.clock.nowMs);
    expect(await outcome(contacts.set(doctor(), { email: null, emailOn: true }))).toBe('invalid_message');
    expect(await outcome(contacts.set(doctor(), { email: 'a@b\r\nBcc: c@d', emailOn: true }))).toBe(
      'invalid_message',
    );
    await contacts.set(doctor(), { email: 'wang@example.org', emailOn: true });
    expect(await contacts.get(doctor())).toEqual({ email: 'wang@example.org', emailOn: true });
    const { caseId } = await booked();
    const mails = (await rowsOf(caseId)).filter(({ channel }) => channel === 'email');
    expect(mails.map(({ recipient }) => recipient)).toEqual(Array(3).fill(doctor().principalId));
    await contacts.set(doctor(), { email: 'wang@example.org', emailOn: false });
    const other = await booked();
    expect((await rowsOf(other.caseId)).some(({ channel }) => channel === 'email')).toBe(false);
  });
});

describe('of a case without a slot', () => {
  /** As its row stands once a step has set its time. */
  async function stepped(caseId: string, change: Partial<typeof clinicalCase.$inferInsert>): Promise<void> {
    const of = eq(clinicalCase.id, caseId);
    await inTx(async (tx) => {
      const [before] = await tx.select().from(clinicalCase).where(of);
      const [row] = await tx
        .update(clinicalCase)
        .set({ version: before!.version + 1, updatedAt: new Date(world.clock.nowMs), ...change })
        .where(of)
        .returning();
      await planForCase(tx, row!, before!.scheduledAt);
    });
  }
  const only = (lines: string[]) => lines.filter((line) => line.includes(requester().principalId));

  it('follows its time, until it is closed', async () => {
    const { caseId } = await addCase(world, { kind: 'surgery', patientId: await world.addPatient() });
    const [nowMs, atMs] = [world.clock.nowMs, world.clock.nowMs + 5 * DAY_MS];
    await stepped(caseId, {});
    expect(await waiting(caseId)).toEqual([]);
    await stepped(caseId, { scheduledAt: new Date(atMs) });
    expect(await waiting(caseId)).toEqual(
      only([
        ...both('booking.made', nowMs),
        ...both('visit.day', atMs - DAY_MS),
        ...both('visit.hour', atMs - HOUR_MS),
      ]).toSorted(),
    );
    await stepped(caseId, {});
    expect(await waiting(caseId)).toHaveLength(3);
    await stepped(caseId, { scheduledAt: new Date(atMs + HOUR_MS) });
    expect(await waiting(caseId)).toEqual(
      only([
        ...both('booking.moved', nowMs),
        ...both('visit.day', atMs + HOUR_MS - DAY_MS),
        ...both('visit.hour', atMs),
      ]).toSorted(),
    );
    await stepped(caseId, { closedAt: new Date(nowMs) });
    expect(await waiting(caseId)).toEqual(only(both('booking.cancelled', nowMs)));
  });

  it('says nothing more once it has taken place', async () => {
    const { caseId } = await addCase(world, { kind: 'surgery', patientId: await world.addPatient() });
    await stepped(caseId, { scheduledAt: new Date(world.clock.nowMs + HOUR_MS) });
    await tellAll();
    world.clock.nowMs += 3 * HOUR_MS;
    await stepped(caseId, { closedAt: new Date(world.clock.nowMs) });
    expect(await waiting(caseId)).toEqual([]);
  });

  it('leaves to its booking what that has said', async () => {
    const { caseId, startsAtMs, nowMs } = await booked();
    await stepped(caseId, { scheduledAt: new Date(startsAtMs) });
    expect(await waiting(caseId)).toHaveLength(6);
    await inTx((tx) => cancelBooking(tx, { caseId, reason: 'x', nowMs }));
    await stepped(caseId, { closedAt: new Date(nowMs) });
    expect(await waiting(caseId)).toEqual(both('booking.cancelled', nowMs).toSorted());
  });
});

describe('other systems', () => {
  it('of both institutions are told of changes, not reminded', async () => {
    const ids = await Promise.all(
      (['county', 'city', 'elsewhere'] as const).map(async (at) => {
        const webhooks = new Webhooks(world.db, { allowPrivate: false });
        return (await webhooks.add(world.person('administrator', at), 'https://his.example.org/')).webhookId;
      }),
    );
    const { caseId } = await booked();
    const messages = (await rowsOf(caseId)).filter(({ channel }) => channel === 'webhook');
    expect(messages.map(({ recipient, kind }) => `${kind} ${recipient}`).toSorted()).toEqual(
      [`booking.made i_${ids[0]}`, `booking.made i_${ids[1]}`].toSorted(),
    );
    await world.db.delete(webhook);
  });
});

describe('telling', () => {
  it('puts it under the bell with a notice, once, when it is due', async () => {
    const { caseId, appointmentId, startsAtMs } = await booked();
    await tellAll();
    const [first, ...more] = await notifications.list(doctor());
    expect(more).toEqual([]);
    expect(first).toMatchObject({ kind: 'booking.made', caseId, readAtMs: null });
    expect(first?.data).toMatchObject({ subjectId: appointmentId, service: 'outpatient', atMs: startsAtMs });
    expect(world.told.filter(({ principalId }) => principalId === doctor().principalId)).toEqual([
      {
        principalId: doctor().principalId,
        notice: {
          type: 'notification.new',
          data: { notificationId: first?.notificationId, kind: 'booking.made', caseId },
        },
      },
    ]);
    await tellAll();
    expect(await notifications.unreadCount(doctor())).toBe(1);
    world.clock.nowMs = startsAtMs - HOUR_MS;
    await tellAll();
    expect((await notifications.list(doctor())).map(({ kind }) => kind).toSorted()).toEqual([
      'booking.made',
      'visit.day',
      'visit.hour',
    ]);

    // Reading is one's own.
    await notifications.markRead(requester(), [first!.notificationId]);
    expect(await notifications.unreadCount(doctor())).toBe(3);
    await notifications.markRead(doctor(), [first!.notificationId]);
    expect(await notifications.list(doctor(), { unread: true })).toHaveLength(2);
    await notifications.markRead(doctor(), 'all');
    expect(await notifications.unreadCount(doctor())).toBe(0);
    const page = await notifications.list(doctor(), { limit: 2 });
    const rest = await notifications.list(doctor(), { before: page[1]! });
    expect(new Set([...page, ...rest].map(({ notificationId }) => notificationId)).size).toBe(3);
  });

  it('does it once over many nodes, while cases are moved and cancelled meanwhile', async () => {
    const bookings = [];
    for (let index = 0; index < 12; index++) bookings.push(await booked());
    const nodes = Array.from({ length: 4 }, runner);
    await Promise.all([
      ...nodes.map((node) => tellAll(node)),
      ...bookings
        .slice(0, 6)
        .map(({ caseId, nowMs }) => inTx((tx) => cancelBooking(tx, { caseId, reason: 'x', nowMs }))),
    ]);
    await tellAll();
    const shown = await world.db.select().from(notification);
    const keys = shown.map(({ accountId, caseId, kind }) => `${accountId} ${caseId} ${kind}`);
    expect(new Set(keys).size).toBe(keys.length);
    const sent = await world.db.select().from(reminder).where(eq(reminder.state, 'sent'));
    expect(sent).toHaveLength(shown.length);
    for (const { caseId } of bookings.slice(6))
      expect(shown.filter((each) => each.caseId === caseId && each.kind === 'booking.made')).toHaveLength(2);
    for (const { caseId } of bookings.slice(0, 6))
      expect(
        shown.filter((each) => each.caseId === caseId && each.kind === 'booking.cancelled'),
      ).toHaveLength(2);
  });

  it('keeps why it failed: there is nobody who sends text messages', async () => {
    const patientId = await world.addPatient('county', { phone: '13800000000' });
    const { caseId } = await booked(++days * 3 * DAY_MS, patientId);
    await tellAll();
    const [sms] = await world.db
      .select()
      .from(reminder)
      .where(
        and(eq(reminder.caseId, caseId), eq(reminder.channel, 'sms'), eq(reminder.kind, 'booking.made')),
      );
    expect(sms).toMatchObject({ state: 'failed', lastError: 'no SMS provider', attempts: 1 });
  });

  it('says nothing of an appointment that has begun', async () => {
    const { caseId, startsAtMs } = await booked();
    await tellAll();
    world.clock.nowMs = startsAtMs + MINUTE_MS;
    await tellAll();
    const late = (await rowsOf(caseId)).filter(({ kind }) => kind !== 'booking.made');
    expect(new Set(late.map(({ state, lastError }) => `${state}: ${lastError}`))).toEqual(
      new Set(['failed: too late: it has begun']),
    );
  });
});

describe('another system that does not answer', () => {
  /** One message to it, due now. */
  async function oneMessage(): Promise<string> {
    const id = `r${++days}`;
    await world.db.insert(reminder).values({
      id,
      dedupeKey: id,
      recipient: 'i_none',
      channel: 'webhook',
      kind: 'booking.made',
      data: {},
      dueAt: new Date(world.clock.nowMs),
    });
    return id;
  }
  const rowOf = async (id: string) => (await world.db.select().from(reminder).where(eq(reminder.id, id)))[0]!;

  it('is asked again ever more seldom, and given up at last', async () => {
    const id = await oneMessage();
    answer = async () => {
      throw new DeliveryFailed('webhook: 503', { isFinal: false });
    };
    const waits: number[] = [];
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      await tellAll();
      const row = await rowOf(id);
      expect(row).toMatchObject({ attempts: attempt, lastError: 'webhook: 503' });
      waits.push(row.dueAt.getTime() - world.clock.nowMs);
      world.clock.nowMs = row.dueAt.getTime();
    }
    expect(waits.slice(0, 5)).toEqual([30_000, 120_000, 480_000, 1_920_000, 7_680_000]);
    expect((await rowOf(id)).state).toBe('failed');
    world.clock.nowMs += DAY_MS;
    await tellAll();
    expect(left).toHaveLength(MOST_ATTEMPTS);
  });

  it('is told at last when it answers again', async () => {
    const id = await oneMessage();
    answer = async () => {
      throw new Error('unforeseen');
    };
    await tellAll();
    expect(await rowOf(id)).toMatchObject({ state: 'waiting', lastError: 'the hub failed' });
    answer = async () => undefined;
    world.clock.nowMs += 30_000;
    await tellAll();
    expect(await rowOf(id)).toMatchObject({ state: 'sent', lastError: null, attempts: 2 });
  });

  it('is told by another node when the one that had it died', async () => {
    const id = await oneMessage();
    let die: () => void = () => undefined;
    answer = () => new Promise<void>((resolve) => (die = resolve));
    const dying = runner().runBatch();
    await expect.poll(() => left.length).toBe(1);
    answer = async () => undefined;
    await tellAll();
    expect(left).toHaveLength(1); // not while the other has it
    world.clock.nowMs += LEASE_MS;
    await tellAll();
    expect(await rowOf(id)).toMatchObject({ state: 'sent', attempts: 2 });
    // What the first one says now is no longer its to say.
    die();
    await dying;
    expect(await rowOf(id)).toMatchObject({ state: 'sent', attempts: 2 });
  });

  it('hears nothing more of a try that took too long', async () => {
    const id = await oneMessage();
    const ends: { sent: () => void; failed: (error: Error) => void }[] = [];
    answer = () => new Promise<void>((sent, failed) => void ends.push({ sent, failed }));
    const slow = runner().runBatch();
    await expect.poll(() => ends.length).toBe(1);
    world.clock.nowMs += LEASE_MS;
    const other = runner().runBatch();
    await expect.poll(() => ends.length).toBe(2);
    ends[0]!.failed(new DeliveryFailed('webhook: 503', { isFinal: false }));
    await slow;
    const heldUntil = new Date(world.clock.nowMs + LEASE_MS);
    expect(await rowOf(id)).toMatchObject({ attempts: 2, lastError: null, dueAt: heldUntil });
    ends[1]!.sent();
    await other;
    expect((await rowOf(id)).state).toBe('sent');
  });

  it('does not keep a cancelled message from staying cancelled', async () => {
    const id = await oneMessage();
    answer = async () => {
      await world.db.update(reminder).set({ state: 'cancelled' }).where(eq(reminder.id, id));
      throw new DeliveryFailed('webhook: 503', { isFinal: false });
    };
    await tellAll();
    expect((await rowOf(id)).state).toBe('cancelled');
  });
});

it('runs by itself until it is closed', async () => {
  const { caseId } = await booked();
  const by = runner();
  by.start();
  await expect
    .poll(async () => (await rowsOf(caseId)).filter(({ state }) => state === 'sent').length, {
      timeout: 8000,
    })
    .toBe(2);
  await by.close();
});

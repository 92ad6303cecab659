import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { notification, reminder } from '../../storage/index.ts';
import { startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { cancelBooking } from '../time/booking.ts';
import { HOUR_MS, MINUTE_MS } from '../time/testing/time-world.ts';
import { Notifications } from './notifications.ts';
import { reminderDay } from './testing/reminder-day.ts';

let world: ClinicWorld;
const { runner, tellAll, anew, doctor, requester, inTx, booked, rowsOf } = reminderDay(() => world);
beforeAll(async () => {
  world = await startClinicWorld();
});
beforeEach(anew);
afterAll(() => world.stop());

describe('telling', () => {
  const notifications = () => new Notifications(world.db, () => world.clock.nowMs);

  it('puts it under the bell with a notice, once, when it is due', async () => {
    const { caseId, appointmentId, startsAtMs } = await booked();
    await tellAll();
    const [first, ...more] = await notifications().list(doctor());
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
    expect(await notifications().unreadCount(doctor())).toBe(1);
    world.clock.nowMs = startsAtMs - HOUR_MS;
    await tellAll();
    expect((await notifications().list(doctor())).map(({ kind }) => kind).toSorted()).toEqual([
      'booking.made',
      'visit.day',
      'visit.hour',
    ]);

    // Reading is one's own.
    await notifications().markRead(requester(), [first!.notificationId]);
    expect(await notifications().unreadCount(doctor())).toBe(3);
    await notifications().markRead(doctor(), [first!.notificationId]);
    expect(await notifications().list(doctor(), { unread: true })).toHaveLength(2);
    await notifications().markRead(doctor(), 'all');
    expect(await notifications().unreadCount(doctor())).toBe(0);
    const page = await notifications().list(doctor(), { limit: 2 });
    const rest = await notifications().list(doctor(), { before: page[1]! });
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
    const { caseId } = await booked({ patientId });
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

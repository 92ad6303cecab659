import { eq } from 'drizzle-orm';
import ical, { type VEvent } from 'node-ical';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, caseParticipant, clinicalCase } from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { bookSlot, cancelBooking, reschedule } from './booking.ts';
import { Time } from './index.ts';
import { addCase, addSlot, HOUR_MS, MINUTE_MS } from './testing/time-world.ts';

let world: ClinicWorld;
let time: Time;
beforeAll(async () => {
  world = await startClinicWorld();
  time = new Time({ db: world.db, cases: world.clinic.cases, now: () => world.clock.nowMs });
});
afterAll(() => world.stop());

const zone = 'Asia/Shanghai';
let count = 0;
const doctor = () => world.addPerson(`doctor${count++}`, ['specialist'], 'city');
const at = (clock: string, day = '2026-12-02') => Date.parse(`${day}T${clock}+08:00`);
const week = (accountId?: string) => ({
  view: 'week' as const,
  day: '2026-12-03',
  zone,
  ...(accountId === undefined ? {} : { accountId }),
});
async function booked(slotId: string, kind: 'outpatient' | 'consult' = 'outpatient') {
  const wish = await addCase(world, { kind, patientId: await world.addPatient() });
  const nowMs = world.clock.nowMs;
  const booking = await world.db.transaction((tx) => bookSlot(tx, { slotId, ...wish, nowMs }));
  await world.db
    .update(clinicalCase)
    .set({ scheduledAt: new Date(booking.startsAtMs) })
    .where(eq(clinicalCase.id, wish.caseId));
  return booking;
}

describe('a calendar', () => {
  it('shows free time, appointments and what is scheduled, day by day, and what is at the same time', async () => {
    const one = await doctor();
    const [free, taken, nextDay] = [
      await addSlot(world, one, at('09:00')),
      await addSlot(world, one, at('10:00')),
      await addSlot(world, one, at('00:00', '2026-12-06')),
    ];
    await addSlot(world, one, at('00:00', '2026-12-07')); // next week
    const { caseId } = await booked(taken);
    const surgery = await addCase(world, { kind: 'surgery', scheduledAt: new Date(at('10:15')) });
    const calledOff = await addCase(world, {
      kind: 'surgery',
      scheduledAt: new Date(at('11:00')),
      closedAt: new Date(at('08:00')),
    });
    for (const each of [surgery, calledOff])
      await world.db
        .insert(caseParticipant)
        .values({ caseId: each.caseId, accountId: one.accountId, function: 'proctor' });

    const { days, fromMs, toMs } = await time.calendar.view(one, week());
    expect([fromMs, toMs]).toEqual([at('00:00', '2026-11-30'), at('00:00', '2026-12-07')]);
    expect(days.map(({ day, items }) => [day, items.map(({ id }) => id)])).toEqual([
      ['2026-12-02', [free, taken, surgery.caseId]],
      ['2026-12-06', [nextDay]],
    ]);
    const [first, second, third] = days[0]!.items;
    expect(first).toMatchObject({ kind: 'free', caseId: null, patientName: null, conflictsWith: [] });
    expect(second).toMatchObject({
      kind: 'appointment',
      state: 'booked',
      caseId,
      patientName: '张*华',
      endsAtMs: at('10:30'),
      conflictsWith: [surgery.caseId],
    });
    expect(third).toMatchObject({ kind: 'case', endsAtMs: at('12:15'), conflictsWith: [taken] });
    const day = await time.calendar.view(one, { ...week(), view: 'day', day: '2026-12-06' });
    expect(day.days.map((each) => each.day)).toEqual(['2026-12-06']);

    // Whoever asked for it has it in the calendar too, as long as the slot is.
    const asked = await time.calendar.view(world.person('rural_doctor'), week());
    expect(asked.days.flatMap(({ items }) => items).find(({ id }) => id === caseId)).toMatchObject({
      kind: 'case',
      endsAtMs: at('10:30'),
    });
  });

  it('is one’s own, or seen without names by who keeps the institution’s', async () => {
    const one = await doctor();
    await booked(await addSlot(world, one, at('10:00')));
    const of = week(one.accountId);
    const seen = await time.calendar.view(world.person('dispatcher', 'city'), of);
    expect(seen.days[0]?.items[0]).toMatchObject({ kind: 'appointment', patientName: null });
    const ids = async (at: 'city' | 'county') =>
      (await time.calendar.colleagues(world.person('dispatcher', at))).map(({ accountId }) => accountId);
    expect(await ids('city')).toContain(one.accountId);
    expect(await ids('county')).not.toContain(one.accountId);
    expect(await ids('city')).not.toContain(world.person('observer', 'city').accountId);
    expect(await time.calendar.colleagues(one)).toEqual([]);
    expect(await outcome(time.calendar.view(world.person('administrator', 'county'), of))).toBe('not_found');
    expect(await outcome(time.calendar.view(await doctor(), of))).toBe('forbidden');
    expect(await outcome(time.calendar.view(one, { ...week(), zone: '+08:00' }))).toBe('invalid_message');
    expect(await outcome(time.calendar.view(one, { ...week(), day: '2026-13-01' }))).toBe('invalid_message');
  });
});

const eventsOf = (text: string) =>
  Object.values(ical.sync.parseICS(text)).filter((each): each is VEvent => each?.type === 'VEVENT');

describe('a calendar for other programs', () => {
  it('says when, what and with whom, and what has changed since', async () => {
    const one = await doctor();
    await world.addPractitioner({ ...one, name: '王建国' }, ['cardiology']);
    const [first, second] = [
      await addSlot(world, one, at('09:00'), 'consult'),
      await addSlot(world, one, at('11:00'), 'consult'),
    ];
    const { caseId, appointmentId } = await booked(first, 'consult');
    const token = await time.feeds.renew(one);
    const text = await time.feeds.read(token);
    expect(text).toMatch(/^BEGIN:VCALENDAR\r\n/);
    expect(text).toContain('METHOD:PUBLISH\r\n');
    expect(text).toContain('DTSTART:20261202T010000Z\r\n');
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    for (const secret of ['张桂华', '张', caseId, one.accountId, '王建国'])
      expect(text).not.toContain(secret);
    const [event, ...more] = eventsOf(text);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      uid: `${appointmentId}@rui-hub`,
      summary: '远程会诊 · 王医生',
      status: 'CONFIRMED',
      sequence: 0,
      class: 'PRIVATE',
    });
    expect([event?.start.getTime(), event?.end?.getTime()]).toEqual([at('09:00'), at('09:30')]);

    const nowMs = world.clock.nowMs;
    await world.db.transaction((tx) => reschedule(tx, { slotId: second, caseId, nowMs }));
    const [moved] = eventsOf(await time.feeds.read(token));
    expect(moved).toMatchObject({ uid: event?.uid, sequence: 1, status: 'CONFIRMED' });
    expect(moved?.start.getTime()).toBe(at('11:00'));
    await world.db.transaction((tx) => cancelBooking(tx, { caseId, reason: '患者姓名', nowMs }));
    const last = await time.feeds.read(token);
    expect(eventsOf(last)[0]).toMatchObject({ uid: event?.uid, sequence: 2, status: 'CANCELLED' });
    expect(last).not.toContain('患者姓名');
    // In the language of its owner.
    await world.db.update(account).set({ locale: 'en' }).where(eq(account.id, one.accountId));
    expect(eventsOf(await time.feeds.read(token))[0]?.summary).toBe('Remote consult · Dr 王');
  });

  it('has what is scheduled without a slot as well', async () => {
    const one = await doctor();
    const { caseId } = await addCase(world, { kind: 'surgery', scheduledAt: new Date(at('14:00')) });
    await world.db
      .insert(caseParticipant)
      .values({ caseId, accountId: one.accountId, function: 'operating_surgeon' });
    const token = await time.feeds.renew(one);
    expect(eventsOf(await time.feeds.read(token))).toMatchObject([
      { uid: `${caseId}@rui-hub`, summary: '远程手术', status: 'CONFIRMED' },
    ]);
    await world.db
      .update(clinicalCase)
      .set({ closedAt: new Date(at('10:00')) })
      .where(eq(clinicalCase.id, caseId));
    expect(eventsOf(await time.feeds.read(token))).toMatchObject([{ status: 'CANCELLED' }]);
  });

  it('lies behind a secret that can be renewed and revoked, and ends with the account', async () => {
    const one = await doctor();
    expect(await time.feeds.sinceMs(one)).toBeNull();
    const [old, token] = [await time.feeds.renew(one), await time.feeds.renew(one)];
    expect(await time.feeds.sinceMs(one)).toBe(world.clock.nowMs);
    for (const wrong of [old, '', 'x'.repeat(43)])
      expect(await outcome(time.feeds.read(wrong))).toBe('not_found');
    expect(eventsOf(await time.feeds.read(token))).toEqual([]);
    await world.db.update(account).set({ disabledAt: new Date() }).where(eq(account.id, one.accountId));
    expect(await outcome(time.feeds.read(token))).toBe('not_found');
    await world.db.update(account).set({ disabledAt: null }).where(eq(account.id, one.accountId));
    await time.feeds.revoke(one);
    expect(await outcome(time.feeds.read(token))).toBe('not_found');
  });

  it('is a file for one booking, for who may read its case', async () => {
    const one = await doctor();
    const { caseId, startsAtMs } = await booked(await addSlot(world, one, at('15:00') + HOUR_MS));
    const text = await time.feeds.fileOf(world.person('rural_doctor'), caseId, 'zh-CN');
    const [event] = eventsOf(text);
    expect([event?.start.getTime(), event?.end?.getTime()]).toEqual([
      startsAtMs,
      startsAtMs + 30 * MINUTE_MS,
    ]);
    const stranger = world.person('rural_doctor', 'elsewhere');
    expect(await outcome(time.feeds.fileOf(stranger, caseId, 'zh-CN'))).toBe('not_found');
    const never = await addCase(world);
    expect(await outcome(time.feeds.fileOf(world.person('rural_doctor'), never.caseId, 'zh-CN'))).toBe(
      'not_found',
    );
  });
});

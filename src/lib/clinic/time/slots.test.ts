import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import { byDay, weekRange } from '../model/time/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { bookSlot, cancelBooking } from './booking.ts';
import { Slots, SlotOverlap } from './slots.ts';
import { addCase } from './testing/time-world.ts';

let world: ClinicWorld;
let slots: Slots;
beforeAll(async () => {
  world = await startClinicWorld();
  slots = new Slots(world.db, () => world.clock.nowMs);
});
afterAll(() => world.stop());

const zone = 'Asia/Shanghai';
/** The world's clock stands at Saturday, 28 November 2026, 16:00 there. */
const single = (day: string, at: string, more: object = {}) => ({
  kind: 'single',
  service: 'outpatient',
  zone,
  minutes: 30,
  day,
  at,
  ...more,
});
const morning = (more: object = {}) => ({
  kind: 'weekly',
  service: 'outpatient',
  zone,
  minutes: 30,
  firstDay: '2026-11-30',
  weeks: 2,
  weekdays: [1, 3],
  from: '09:00',
  until: '11:00',
  ...more,
});
let count = 0;
const doctor = (at: 'county' | 'city' = 'city'): Promise<AccountPrincipal> =>
  world.addPerson(`doctor${count++}`, ['specialist'], at);
const week = { ...weekRange('2026-11-30', zone) };
const free = (filter: object = {}) =>
  slots.free({ service: 'outpatient', fromMs: week.fromMs, toMs: week.toMs, ...filter });

describe('publishing', () => {
  it('offers a series that is found by day, by person, by specialty and by institution', async () => {
    const [one, two] = [await doctor(), await doctor('county')];
    await world.addPractitioner(one, ['cardiology', 'general_practice']);
    expect(await slots.publish(one, morning())).toHaveLength(16);
    await slots.publish(two, single('2026-12-01', '14:00'));

    const found = await free({ accountId: one.accountId });
    expect(byDay(found, zone).map(({ day, items }) => [day, items.length])).toEqual([
      ['2026-11-30', 4],
      ['2026-12-02', 4],
    ]);
    expect(found[0]).toMatchObject({
      name: one.name,
      title: '主任医师',
      startsAtMs: Date.parse('2026-11-30T09:00+08:00'),
      endsAtMs: Date.parse('2026-11-30T09:30+08:00'),
    });
    const whose = async (filter: object) => new Set((await free(filter)).map(({ accountId }) => accountId));
    expect(await whose({ specialty: 'cardiology' })).toEqual(new Set([one.accountId]));
    expect(await whose({ institutionId: 'county' })).toEqual(new Set([two.accountId]));
    expect(await whose({ service: 'consult' })).toEqual(new Set());
    expect(await whose({ toMs: week.fromMs })).toEqual(new Set());
  });

  it('is refused where time is offered already, with the slot that stands in the way, and offers nothing then', async () => {
    const one = await doctor();
    const [standing] = await slots.publish(one, single('2026-12-02', '10:15'));
    const refusal = await slots.publish(one, morning()).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(SlotOverlap);
    expect((refusal as SlotOverlap).details).toEqual({
      slotId: standing,
      startsAtMs: Date.parse('2026-12-02T10:15+08:00'),
      endsAtMs: Date.parse('2026-12-02T10:45+08:00'),
    });
    expect(await free({ accountId: one.accountId })).toHaveLength(1);
    // Side by side is no overlap, and another service is no excuse.
    expect(await outcome(slots.publish(one, single('2026-12-02', '10:45')))).toBe('ok');
    expect(await outcome(slots.publish(one, single('2026-12-02', '10:30', { service: 'consult' })))).toBe(
      'conflict',
    );
  });

  it('lets one of many overlapping series through, without waiting crosswise', async () => {
    const one = await doctor();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        outcome(
          slots.publish(one, morning({ from: index % 2 ? '09:00' : '09:15', weekdays: [1, 2, 3, 4, 5] })),
        ),
      ),
    );
    expect(outcomes.toSorted()).toEqual([...Array(9).fill('conflict'), 'ok']);
  });

  it('is one’s own affair, or of those who keep the institution’s calendars', async () => {
    const one = await doctor();
    const of = (at: string) => single('2026-12-03', at, { accountId: one.accountId });
    expect(await outcome(slots.publish(await doctor(), of('08:00')))).toBe('forbidden');
    expect(await outcome(slots.publish(world.person('dispatcher', 'county'), of('08:00')))).toBe('not_found');
    expect(await outcome(slots.publish(world.person('dispatcher', 'city'), of('08:00')))).toBe('ok');
    expect(await outcome(slots.publish(world.person('administrator', 'city'), of('09:00')))).toBe('ok');
    expect(await slots.mayOffer(world.person('dispatcher', 'city'), one.accountId)).toBe(true);
    expect(await slots.mayOffer(world.person('dispatcher', 'county'), one.accountId)).toBe(false);
    expect(await slots.mayOffer(one, one.accountId)).toBe(true);
    for (const role of ['observer', 'dispatcher', 'pharmacist'] as const)
      expect(await outcome(slots.publish(world.person(role), single('2026-12-03', '08:00')))).toBe(
        'forbidden',
      );
  });

  it('is refused for the past, for what never is, for too much and for what is no plan', async () => {
    const one = await doctor();
    const refused = async (plan: unknown) => outcome(slots.publish(one, plan));
    expect(await refused(single('2026-11-28', '15:30'))).toBe('expired');
    expect(await refused(single('2027-03-28', '02:30', { zone: 'Europe/Berlin' }))).toBe('invalid_message');
    expect(await refused(morning({ weeks: 52, minutes: 5, weekdays: [1, 2, 3, 4, 5] }))).toBe(
      'invalid_message',
    );
    expect(await refused({ kind: 'single' })).toBe('invalid_message');
    expect(await refused(single('2026-12-03', '25:00'))).toBe('invalid_message');
    expect(await free({ accountId: one.accountId })).toEqual([]);
  });
});

describe('withdrawing', () => {
  it('takes back what nobody has booked, by those who may, all or nothing', async () => {
    const one = await doctor();
    const ids = await slots.publish(one, morning({ weeks: 1, weekdays: [1] }));
    const wish = await addCase(world, { patientId: await world.addPatient() });
    const booked = ids[1] as string;
    await world.db.transaction((tx) => bookSlot(tx, { slotId: booked, ...wish, nowMs: world.clock.nowMs }));

    expect(await outcome(slots.withdraw(one, ids))).toBe('conflict');
    expect(await outcome(slots.withdraw(await doctor(), [ids[0] as string]))).toBe('not_found');
    expect(await outcome(slots.withdraw(world.person('dispatcher', 'county'), [ids[0] as string]))).toBe(
      'not_found',
    );
    expect(await outcome(slots.withdraw(one, [ids[0] as string, 'nothing']))).toBe('not_found');
    expect(await outcome(slots.withdraw(one, []))).toBe('invalid_message');
    expect((await free({ accountId: one.accountId })).map(({ slotId }) => slotId)).toEqual([
      ids[0],
      ids[2],
      ids[3],
    ]);

    await slots.withdraw(world.person('dispatcher', 'city'), [ids[0] as string]);
    await world.db.transaction((tx) =>
      cancelBooking(tx, { caseId: wish.caseId, reason: '停诊', nowMs: world.clock.nowMs }),
    );
    await slots.withdraw(one, ids);
    expect(await free({ accountId: one.accountId })).toEqual([]);
    // The time can be offered anew.
    expect(await outcome(slots.publish(one, morning({ weeks: 1, weekdays: [1] })))).toBe('ok');
  });

  it('can be undone, by those who may, as long as the time was not offered anew', async () => {
    const one = await doctor();
    const ids = await slots.publish(one, morning({ weeks: 1, weekdays: [1] }));
    await slots.withdraw(one, ids);
    expect(await outcome(slots.restore(await doctor(), ids))).toBe('not_found');
    expect(await outcome(slots.restore(one, [...ids, 'nothing']))).toBe('not_found');
    expect(await outcome(slots.restore(one, []))).toBe('invalid_message');
    await slots.restore(world.person('dispatcher', 'city'), ids);
    const offered = async () => (await free({ accountId: one.accountId })).map(({ slotId }) => slotId);
    expect(await offered()).toEqual(ids);
    await slots.restore(one, ids);
    await slots.withdraw(one, ids);
    const [anew] = await slots.publish(one, single('2026-11-30', '09:45'));
    expect(await outcome(slots.restore(one, ids))).toBe('conflict');
    expect(await offered()).toEqual([anew]);
  });

  it('undone and published at once never wait crosswise', async () => {
    const one = await doctor();
    const ids = await slots.publish(one, morning());
    await slots.withdraw(one, ids);
    const outcomes = await Promise.all([
      ...Array.from({ length: 4 }, () => outcome(slots.restore(one, ids))),
      ...Array.from({ length: 4 }, () => outcome(slots.publish(one, morning({ from: '09:15' })))),
    ]);
    // Either all that undo it, or one that publishes.
    expect([1, 4]).toContain(outcomes.filter((each) => each === 'ok').length);
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'conflict']));
  });

  it('and booking the same slot at once: one of them', async () => {
    const one = await doctor();
    const ids = await slots.publish(one, morning());
    const outcomes = await Promise.all(
      ids.flatMap(async (slotId) => {
        const wish = await addCase(world, { patientId: await world.addPatient() });
        const nowMs = world.clock.nowMs;
        return Promise.all([
          outcome(slots.withdraw(one, [slotId])),
          outcome(world.db.transaction((tx) => bookSlot(tx, { slotId, ...wish, nowMs }))),
        ]);
      }),
    );
    for (const pair of outcomes) expect(pair.toSorted()).toEqual(['conflict', 'ok']);
  });
});

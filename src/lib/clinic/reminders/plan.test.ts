import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clinicalCase, webhook } from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { cancelBooking, markKept, reschedule } from '../time/booking.ts';
import { addCase, addSlot, DAY_MS, HOUR_MS } from '../time/testing/time-world.ts';
import { Contacts } from './contacts.ts';
import { planForCase } from './plan.ts';
import { reminderDay } from './testing/reminder-day.ts';
import { Webhooks } from './webhooks.ts';

let world: ClinicWorld;
const { tellAll, anew, doctor, requester, inTx, booked, rowsOf, waiting, both } = reminderDay(() => world);
beforeAll(async () => {
  world = await startClinicWorld();
});
beforeEach(anew);
afterAll(() => world.stop());

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
    const { caseId, nowMs, startsAtMs } = await booked({ inMs: 3 * HOUR_MS });
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

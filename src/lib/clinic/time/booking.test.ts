import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appointment, slot, type Transaction } from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import {
  bookingOfCase,
  bookSlot,
  cancelBooking,
  markKept,
  markMissed,
  reschedule,
  type Booking,
} from './booking.ts';
import { addCase, addSlot, DAY_MS, HOUR_MS, MINUTE_MS, openClients } from './testing/time-world.ts';

let world: ClinicWorld;
let day = 0;
beforeAll(async () => {
  world = await startClinicWorld();
});
afterAll(() => world.stop());

const doctor = () => world.person('specialist', 'city');
const inTx = <T>(act: (tx: Transaction) => Promise<T>) => world.db.transaction(act);
/** Ten o'clock of a day that no other test uses. */
const newDayMs = () => world.clock.nowMs + ++day * 2 * DAY_MS;
const anotherCase = async () => addCase(world, { patientId: await world.addPatient() });

interface Wish {
  caseId: string;
  patientId: string;
}
const book = (slotId: string, wish: Wish, nowMs = world.clock.nowMs): Promise<Booking> =>
  inTx((tx) => bookSlot(tx, { slotId, ...wish, nowMs }));
const move = (slotId: string, { caseId }: Wish): Promise<Booking> =>
  inTx((tx) => reschedule(tx, { slotId, caseId, nowMs: world.clock.nowMs }));
const cancel = ({ caseId }: Wish): Promise<Booking> =>
  inTx((tx) => cancelBooking(tx, { caseId, reason: '改期', nowMs: world.clock.nowMs }));

describe('a booking', () => {
  it('takes a slot, moves with the same id and a grown number, and frees the slot when it is cancelled', async () => {
    const at = newDayMs();
    const [first, second] = [
      await addSlot(world, doctor(), at),
      await addSlot(world, doctor(), at + HOUR_MS),
    ];
    const wish = await anotherCase();
    const booked = await book(first, wish);
    expect(booked).toMatchObject({
      ...wish,
      slotId: first,
      accountId: doctor().accountId,
      startsAtMs: at,
      sequence: 0,
    });

    const moved = await move(second, wish);
    expect(moved).toEqual({
      ...booked,
      slotId: second,
      startsAtMs: at + HOUR_MS,
      endsAtMs: at + HOUR_MS + 30 * MINUTE_MS,
      sequence: 1,
    });
    expect(await bookingOfCase(world.db, wish.caseId)).toEqual(moved);
    expect(await outcome(book(first, await anotherCase()))).toBe('ok');

    expect((await cancel(wish)).sequence).toBe(2);
    expect(await bookingOfCase(world.db, wish.caseId)).toBeNull();
    const [kept] = await world.db.select().from(appointment).where(eq(appointment.id, booked.appointmentId));
    expect(kept).toMatchObject({ state: 'cancelled', endReason: '改期' });
    expect(await outcome(book(second, await anotherCase()))).toBe('ok');
    expect(await outcome(cancel(wish))).toBe('not_found');
    expect(await outcome(move(second, wish))).toBe('not_found');
  });

  it('ends as kept or missed, once', async () => {
    const at = newDayMs();
    for (const [index, mark] of [markKept, markMissed].entries()) {
      const wish = await anotherCase();
      const slotId = await addSlot(world, doctor(), at + index * HOUR_MS);
      await book(slotId, wish);
      const end = () => inTx((tx) => mark(tx, { caseId: wish.caseId, nowMs: at + 2 * HOUR_MS }));
      expect((await end()).sequence).toBe(1);
      expect(await outcome(end())).toBe('not_found');
      expect(await outcome(book(slotId, await anotherCase()))).toBe('conflict');
    }
  });

  it('is refused when it cannot be, and nothing changes', async () => {
    const at = newDayMs();
    const [free, other, consult, gone] = [
      await addSlot(world, doctor(), at),
      await addSlot(world, world.person('surgeon', 'city'), at + 20 * MINUTE_MS),
      await addSlot(world, doctor(), at + HOUR_MS, 'consult'),
      await addSlot(world, doctor(), at + 2 * HOUR_MS),
    ];
    await world.db.update(slot).set({ state: 'withdrawn' }).where(eq(slot.id, gone));
    const wish = await anotherCase();
    expect(await outcome(book('nothing', wish))).toBe('not_found');
    expect(await outcome(book(free, { ...wish, caseId: 'nothing' }))).toBe('not_found');
    expect(await outcome(book(free, { ...wish, patientId: world.patientId }))).toBe('conflict');
    expect(await outcome(book(consult, wish))).toBe('not_found');
    expect(await outcome(book(gone, wish))).toBe('conflict');
    expect(await outcome(book(free, wish, at))).toBe('expired');
    expect(await bookingOfCase(world.db, wish.caseId)).toBeNull();

    await book(free, wish);
    expect(await outcome(book(gone, wish))).toBe('conflict'); // booked already
    expect(await outcome(move(free, wish))).toBe('conflict');
    const again = await addCase(world, { patientId: wish.patientId });
    expect(await outcome(book(other, again))).toBe('conflict'); // two places at one time
    const [mine] = await world.db.select().from(appointment).where(eq(appointment.caseId, wish.caseId));
    expect(mine).toMatchObject({ slotId: free, state: 'booked', sequence: 0 });
    // Its own time is no obstacle when it moves by ten minutes.
    expect(await outcome(move(other, wish))).toBe('ok');
  });
});

describe('many at once, each over a connection of its own', () => {
  it('gives ten slots to ten of fifty who want them, and tells the others so', async () => {
    const at = newDayMs();
    const slots = await Promise.all(
      Array.from({ length: 10 }, (_, index) => addSlot(world, doctor(), at + index * HOUR_MS)),
    );
    const wishes = await Promise.all(Array.from({ length: 50 }, anotherCase));
    const clients = openClients(world.databaseUrl, 50);
    try {
      const outcomes = await Promise.all(
        wishes.map(async (wish, index) => {
          const seen: string[] = [];
          // Each slot is the first wish of five; who loses tries two more.
          for (let step = 0; step < 3 && seen.at(-1) !== 'ok'; step++) {
            const slotId = slots[(index + step * 3) % slots.length] as string;
            const nowMs = world.clock.nowMs;
            seen.push(
              await outcome(clients.db.transaction((tx) => bookSlot(tx, { slotId, ...wish, nowMs }))),
            );
          }
          return seen;
        }),
      );
      expect(outcomes.filter((seen) => seen.at(-1) === 'ok')).toHaveLength(10);
      const lost = outcomes.filter((seen) => seen.at(-1) !== 'ok');
      expect(lost.map((seen) => seen.length)).toEqual(Array(40).fill(3));
      expect(new Set(lost.flat())).toEqual(new Set(['conflict']));
    } finally {
      await clients.close();
    }
    for (const slotId of slots)
      expect(await world.db.select().from(appointment).where(eq(appointment.slotId, slotId))).toHaveLength(1);
  });

  it('lets two cases swap places or not, but never wait for each other', async () => {
    const at = newDayMs();
    const slots = await Promise.all(
      Array.from({ length: 6 }, (_, index) => addSlot(world, doctor(), at + index * HOUR_MS)),
    );
    const wishes = await Promise.all(Array.from({ length: 5 }, anotherCase));
    await Promise.all(wishes.map((wish, index) => book(slots[index] as string, wish)));
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        outcome(move(slots[(index * 7) % 6] as string, wishes[index % 5] as Wish)),
      ),
    );
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'conflict']));
    const standing = await Promise.all(wishes.map(({ caseId }) => bookingOfCase(world.db, caseId)));
    expect(new Set(standing.map((booking) => booking?.slotId)).size).toBe(5);
  });

  it('never lets one patient into two slots at one time', async () => {
    const at = newDayMs();
    const patientId = await world.addPatient();
    const wishes = await Promise.all(Array.from({ length: 8 }, () => addCase(world, { patientId })));
    const doctors = await Promise.all(
      wishes.map((_, index) => world.addPerson(`twice${index}`, ['specialist'], 'city')),
    );
    const slots = await Promise.all(
      doctors.map((each, index) => addSlot(world, each, at + index * MINUTE_MS)),
    );
    const outcomes = await Promise.all(
      wishes.map((wish, index) => outcome(book(slots[index] as string, wish))),
    );
    expect(outcomes.filter((each) => each === 'ok')).toHaveLength(1);
    expect(outcomes.filter((each) => each === 'conflict')).toHaveLength(7);
  });
});

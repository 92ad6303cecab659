import { and, eq, inArray, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import { appointment, reminder, slot, type Transaction } from '../../storage/index.ts';
import { LEAD_MS, wallOf } from '../model/time/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { bookSlot, cancelBooking, markKept, markMissed, reschedule } from './booking.ts';
import { Slots } from './slots.ts';
import { addCase, DAY_MS, MINUTE_MS } from './testing/time-world.ts';

let world: ClinicWorld;
let slots: Slots;
beforeAll(async () => {
  world = await startClinicWorld();
  slots = new Slots(world.db, () => world.clock.nowMs);
});
afterAll(() => world.stop());

const DOCTORS = 2;
const PATIENTS = 3;
const CASES = 6;
/** Few times in a short while, so that people get into each other's way. */
const TIMES = 6;
const index = (count: number) => fc.nat({ max: count - 1 });

type Act = (parts: Parts) => Promise<unknown>;
interface Parts {
  doctors: AccountPrincipal[];
  cases: { caseId: string; patientId: string }[];
  /** Of the two days from now on, of any of the doctors. */
  slotIds(): Promise<string[]>;
}
const inTx = (act: (tx: Transaction) => Promise<unknown>) => world.db.transaction(act);
const slotAt = async ({ slotIds }: Parts, number: number): Promise<string> => {
  const ids = await slotIds();
  return ids[number % Math.max(ids.length, 1)] ?? 'nothing';
};

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(index(DOCTORS), index(TIMES), fc.constantFrom(20, 45)).map(publish) },
  { weight: 1, arbitrary: fc.tuple(index(DOCTORS), fc.nat(20)).map(withdraw) },
  { weight: 6, arbitrary: fc.tuple(index(CASES), fc.nat(20)).map(book) },
  { weight: 3, arbitrary: fc.tuple(index(CASES), fc.nat(20)).map(move) },
  { weight: 2, arbitrary: fc.tuple(index(CASES), fc.constantFrom('cancel', 'keep', 'miss')).map(end) },
);

function publish([doctor, time, minutes]: [number, number, number]): Act {
  return ({ doctors }) => {
    const zone = 'Asia/Shanghai';
    const { day, clock } = wallOf(world.clock.nowMs + DAY_MS + time * 30 * MINUTE_MS, zone);
    return slots.publish(doctors[doctor]!, {
      kind: 'single',
      service: 'outpatient',
      zone,
      minutes,
      day,
      at: clock,
    });
  };
}
function withdraw([doctor, number]: [number, number]): Act {
  return async (parts) => slots.withdraw(parts.doctors[doctor]!, [await slotAt(parts, number)]);
}
function book([number, at]: [number, number]): Act {
  return async (parts) => {
    const [slotId, nowMs] = [await slotAt(parts, at), world.clock.nowMs];
    return inTx((tx) => bookSlot(tx, { slotId, ...parts.cases[number]!, nowMs }));
  };
}
function move([number, at]: [number, number]): Act {
  return async (parts) => {
    const [slotId, nowMs] = [await slotAt(parts, at), world.clock.nowMs];
    const { caseId } = parts.cases[number]!;
    return inTx((tx) => reschedule(tx, { slotId, caseId, nowMs }));
  };
}
function end([number, how]: [number, string]): Act {
  return ({ cases }) => {
    const [nowMs, { caseId }] = [world.clock.nowMs, cases[number]!];
    if (how === 'cancel') return inTx((tx) => cancelBooking(tx, { caseId, reason: '取消', nowMs }));
    return inTx((tx) => (how === 'keep' ? markKept : markMissed)(tx, { caseId, nowMs }));
  };
}

let runs = 0;
async function newParts(): Promise<Parts> {
  // Each run in a week of its own.
  world.clock.nowMs += 7 * DAY_MS;
  const run = runs++;
  const doctors = await Promise.all(
    Array.from({ length: DOCTORS }, (_, n) => world.addPerson(`d${run}x${n}`, ['specialist'], 'city')),
  );
  const patients = await Promise.all(Array.from({ length: PATIENTS }, () => world.addPatient()));
  const cases = await Promise.all(
    Array.from({ length: CASES }, (_, n) => addCase(world, { patientId: patients[n % PATIENTS]! })),
  );
  const ofThem = inArray(
    slot.accountId,
    doctors.map(({ accountId }) => accountId),
  );
  return {
    doctors,
    cases,
    slotIds: async () => {
      const rows = await world.db.select({ id: slot.id }).from(slot).where(ofThem).orderBy(slot.id);
      return rows.map(({ id }) => id);
    },
  };
}

async function expectOrder({ cases, doctors }: Parts): Promise<void> {
  const { db } = world;
  const open = await db
    .select()
    .from(slot)
    .where(
      and(
        eq(slot.state, 'open'),
        inArray(
          slot.accountId,
          doctors.map(({ accountId }) => accountId),
        ),
      ),
    )
    .orderBy(slot.accountId, slot.startsAt);
  for (const [n, each] of open.entries()) {
    const before = open[n - 1];
    if (before?.accountId === each.accountId)
      expect(each.startsAt.getTime()).toBeGreaterThanOrEqual(before.endsAt.getTime());
  }
  const caseIds = cases.map(({ caseId }) => caseId);
  const all = await db
    .select({ appointment, slot })
    .from(appointment)
    .innerJoin(slot, eq(slot.id, appointment.slotId))
    .where(inArray(appointment.caseId, caseIds));
  const used = all.filter(({ appointment: { state } }) => state === 'booked' || state === 'kept');
  expect(new Set(used.map(({ slot: { id } }) => id)).size).toBe(used.length);
  const standing = all.filter(({ appointment: { state } }) => state === 'booked');
  expect(new Set(standing.map((each) => each.slot.state))).toEqual(
    new Set(standing.length > 0 ? ['open'] : []),
  );
  expect(new Set(standing.map((each) => each.appointment.caseId)).size).toBe(standing.length);
  for (const one of standing)
    for (const other of standing)
      if (one !== other && one.appointment.patientId === other.appointment.patientId)
        expect(one.slot.startsAt >= other.slot.endsAt || other.slot.startsAt >= one.slot.endsAt).toBe(true);

  const planned = await db
    .select({
      subjectId: sql<string>`${reminder.data} ->> 'subjectId'`,
      kind: reminder.kind,
      dueAt: reminder.dueAt,
    })
    .from(reminder)
    .where(
      and(
        inArray(reminder.caseId, caseIds),
        eq(reminder.state, 'waiting'),
        inArray(reminder.kind, ['visit.day', 'visit.hour']),
      ),
    );
  const line = (subjectId: string, kind: string, dueMs: number) => `${subjectId} ${kind} ${dueMs}`;
  const expected = standing.flatMap(({ appointment: { id }, slot: { startsAt } }) =>
    (['visit.day', 'visit.hour'] as const)
      .map((kind) => ({ kind, dueMs: startsAt.getTime() - LEAD_MS[kind] }))
      .filter(({ dueMs }) => dueMs > world.clock.nowMs)
      // The doctor and who asked for it.
      .flatMap(({ kind, dueMs }) => [line(id, kind, dueMs), line(id, kind, dueMs)]),
  );
  expect(
    planned.map(({ subjectId, kind, dueAt }) => line(subjectId, kind, dueAt.getTime())).toSorted(),
  ).toEqual(expected.toSorted());
}

it('holds whatever several people do at once, in any order', { timeout: 60_000 }, async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyAct, { minLength: 4, maxLength: 10 }), { minLength: 3, maxLength: 4 }),
      async (people) => {
        const parts = await newParts();
        await publish([0, 0, 20])(parts);
        // Each acts one after the other, all of them at the same time.
        await Promise.all(
          people.map(async (acts) => {
            for (const act of acts) seen.add(await outcome(act(parts)));
          }),
        );
        await expectOrder(parts);
      },
    ),
    { numRuns: 12 },
  );
  // Only refusals that people understand; `outcome` throws on deadlocks and failures.
  expect([...seen].filter((each) => !['ok', 'conflict', 'not_found'].includes(each))).toEqual([]);
  expect(seen.has('ok') && seen.has('conflict')).toBe(true);
});

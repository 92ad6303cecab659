import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import { appointment, clinicalCase, queueEntry } from '../../storage/index.ts';
import { outcome, type ClinicWorld } from '../testing/clinic-world.ts';
import { startVisitWorld, visitDay } from '../testing/visit-day.ts';
import { HOUR_MS, MINUTE_MS } from '../time/testing/time-world.ts';

let world: ClinicWorld;
let doctor: AccountPrincipal;
beforeAll(async () => {
  ({ world, doctor } = await startVisitWorld());
});
afterAll(() => world.stop());

const { nextDayMs, nurse, take, entryOf, waiting } = visitDay(
  () => world,
  () => doctor,
);

describe('the queue', () => {
  it('calls one at a time, however many pages say "next" at once', async () => {
    const at = nextDayMs();
    const visits = [];
    for (let index = 0; index < 3; index++) visits.push(await waiting(at + index * HOUR_MS));
    const calls = await Promise.all([1, 2, 3].map(() => outcome(world.clinic.outpatient.callNext(doctor))));
    expect(calls.filter((each) => each === 'ok')).toHaveLength(1);
    const direct = await Promise.all(
      visits.slice(1).map(({ caseId }) => outcome(take(doctor, caseId, 'call'))),
    );
    expect(direct).toEqual(['conflict', 'conflict']);
    expect((await world.clinic.cases.get(doctor, visits[1]!.caseId)).state).toBe('waiting');
    for (const { caseId, patient } of visits) await take(patient, caseId, 'cancel', { reason: '散了' });
  });

  it('tells everybody who waits where they stand, whenever it moves', async () => {
    const at = nextDayMs();
    const visits = [];
    for (let index = 0; index < 3; index++) visits.push(await waiting(at + index * HOUR_MS));
    const [first, second, third] = visits as [Visit, Visit, Visit];
    type Visit = (typeof visits)[number];
    const aheadOf = ({ patient }: Visit) =>
      world.told
        .filter(
          ({ principalId, notice }) => principalId === patient.principalId && notice.type === 'queue.changed',
        )
        .map(({ notice }) => (notice.data as { ahead: number }).ahead)
        .at(-1);
    await expect.poll(() => [first, second, third].map(aheadOf)).toEqual([0, 1, 2]);
    await take(doctor, first.caseId, 'call');
    await expect.poll(() => [second, third].map(aheadOf)).toEqual([0, 1]);
    await take(doctor, first.caseId, 'missed');
    await expect.poll(() => [second, third, first].map(aheadOf)).toEqual([0, 1, 2]);
    await take(nurse(), second.caseId, 'skip', { behind: 1 });
    await expect.poll(() => [third, second, first].map(aheadOf)).toEqual([0, 1, 2]);
    expect((await entryOf(first.caseId))?.missedCalls).toBe(1);
    const place = await world.clinic.outpatient.place(third.patient, third.caseId);
    expect(place!.waitHighMs).toBeGreaterThan(place!.waitLowMs);
    for (const { caseId, patient } of visits) await take(patient, caseId, 'cancel', { reason: '散了' });
    expect((await world.clinic.outpatient.queue(nurse(), doctor.accountId)).waiting).toEqual([]);
  });

  it('takes who did not come after three calls out, and back in when they come after all', async () => {
    const { caseId } = await waiting();
    for (const expected of ['waiting', 'waiting', 'no_show']) {
      await take(doctor, caseId, 'call');
      world.clock.nowMs += 3 * MINUTE_MS;
      await world.clinic.clock.tick();
      expect((await world.clinic.cases.get(doctor, caseId)).state).toBe(expected);
    }
    expect((await entryOf(caseId))?.state).toBe('left');
    expect((await world.db.select().from(appointment).where(eq(appointment.caseId, caseId)))[0]?.state).toBe(
      'missed',
    );
    await take(nurse(), caseId, 'recall');
    expect(await entryOf(caseId)).toMatchObject({ state: 'waiting', missedCalls: 0 });
    await take(nurse(), caseId, 'cancel', { reason: '改天' });
  });

  it('keeps one called at most, nobody lost and state and queue alike, whatever is done to it', async () => {
    const at = nextDayMs();
    const visits = [];
    for (let index = 0; index < 5; index++) visits.push(await waiting(at + index * HOUR_MS));
    for (const { caseId } of visits)
      await take(nurse(), caseId, 'checkIdentity', { how: 'document', guardian: null });
    const ids = visits.map(({ caseId }) => caseId);
    let seed = 7;
    const luck = (most: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % most;
    const steps: [string, object?][] = [
      ['call'],
      ['call'],
      ['missed'],
      ['skip', { behind: 1 }],
      ['skip', { behind: 3 }],
      ['begin'],
      ['endVisit'],
      ['recall'],
    ];
    for (let round = 0; round < 30; round++) {
      // Two at once.
      await Promise.all(
        [0, 1].map(() => {
          const [step, input] = steps[luck(steps.length)]!;
          return outcome(take(doctor, ids[luck(ids.length)]!, step, input ?? {}));
        }),
      );
      const cases = await world.db.select().from(clinicalCase);
      const entries = await world.db.select().from(queueEntry);
      const states = ids.map((id) => [
        cases.find((each) => each.id === id)?.state,
        entries.find(({ caseId }) => caseId === id)?.state,
      ]);
      const alike: Record<string, string> = {
        ...{ waiting: 'waiting', called: 'called', in_visit: 'in_visit' },
        ...{ concluding: 'done', no_show: 'left' },
      };
      for (const [state, entry] of states) expect(entry).toBe(alike[state!]);
      expect(states.filter(([state]) => state === 'called' || state === 'in_visit').length).toBeLessThan(2);
      const queue = await world.clinic.outpatient.queue(nurse(), doctor.accountId);
      const waits = ids.filter((_, index) => states[index]![0] === 'waiting');
      expect(new Set(queue.waiting.map(({ caseId }) => caseId))).toEqual(new Set(waits));
    }
  });
});

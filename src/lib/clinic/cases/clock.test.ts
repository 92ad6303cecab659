import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HubError, type CaseKind } from '../../signaling/contract/index.ts';
import { clinicalCase } from '../../storage/index.ts';
import { action, nothing, opening, type Workflow } from '../model/workflow.ts';
import { startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { Cases } from './cases.ts';
import { CaseClock } from './clock.ts';
import type { Effects } from './effects.ts';
import { CaseNews } from './news.ts';

type State = 'asked' | 'late' | 'done';
const minutes = (count: number) => ({ routine: count, urgent: count, emergency: count });
/** Runs out once and again: late stays late. */
const workflow: Workflow<State> = {
  kind: 'consult',
  visibleTo: ['home:rural_doctor'],
  states: {
    asked: { waitsFor: ['requester'], dueMinutes: minutes(10) },
    late: { waitsFor: ['requester'], dueMinutes: minutes(5) },
    done: { closed: true },
  },
  opening: opening({ by: ['role:rural_doctor'], input: nothing, state: 'asked', apply: () => ({}) }),
  actions: {
    finish: action<State, object, typeof nothing>({
      ...{ from: ['asked', 'late'], to: ['done'], by: ['requester'], input: nothing },
    }),
    expired: action<State, object, typeof nothing>({
      ...{ from: ['asked', 'late'], to: ['late'], by: ['clock'], input: nothing },
    }),
  },
};
const { expired: _, ...withoutClock } = workflow.actions;
const workflows = Object.fromEntries(
  (['consult', 'outpatient', 'exam', 'surgery', 'reading'] as const).map((kind) => [
    kind,
    { ...workflow, kind, ...(kind === 'exam' && { actions: withoutClock }) } as unknown as Workflow,
  ]),
) as Record<CaseKind, Workflow>;

let world: ClinicWorld;
let cases: Cases;
const failing = new Map<string, Error>();
const clocks: CaseClock[] = [];
const warned: object[] = [];

beforeAll(async () => {
  world = await startClinicWorld();
  const { db, bus } = world;
  const effects: Effects = {
    'consult.expired': ({ row }) => {
      const error = failing.get(row.id);
      return error ? Promise.reject(error) : Promise.resolve({});
    },
  };
  const now = () => world.clock.nowMs;
  cases = new Cases({ db, workflows, effects, news: new CaseNews(db, bus, workflows), now });
  const log = { warn: (what: object) => void warned.push(what) };
  for (let node = 0; node < 3; node++) clocks.push(new CaseClock({ db, cases, workflows, log, now }));
});
afterAll(async () => {
  await Promise.all(clocks.map((clock) => clock.close()));
  await world.stop();
});

const opened = (kind: CaseKind = 'consult') =>
  cases.open(world.person('rural_doctor'), {
    ...{ kind, patientId: world.patientId, urgency: 'routine' as const, input: {} },
  });
const expiries = async (caseId: string) => {
  const history = await cases.history(world.person('rural_doctor'), caseId);
  return history.filter(({ type }) => type === 'expired').length;
};
const tickAll = async () => (await Promise.all(clocks.map((clock) => clock.tick()))).reduce((a, b) => a + b);

it('moves each case once however many nodes look, and again when its new time has run out', async () => {
  const ids = await Promise.all(Array.from({ length: 12 }, () => opened()));
  expect(await tickAll()).toBe(0);
  world.clock.nowMs += 10 * 60_000;
  expect(await tickAll()).toBe(12);
  expect(await tickAll()).toBe(0);
  for (const id of ids) expect(await expiries(id)).toBe(1);
  world.clock.nowMs += 5 * 60_000;
  expect(await tickAll()).toBe(12);
  for (const id of ids) expect(await expiries(id)).toBe(2);
  await world.db.update(clinicalCase).set({ closedAt: new Date(), dueAt: null });
});

it('goes on with the rest when one cannot move, and tries that one again', async () => {
  const [refused, broken, fine] = [await opened(), await opened(), await opened()];
  failing.set(refused, new HubError('conflict'));
  failing.set(broken, new Error('a mistake in an effect'));
  world.clock.nowMs += 10 * 60_000;
  expect(await clocks[0]?.tick()).toBe(1);
  expect(await expiries(fine)).toBe(1);
  expect(warned).toMatchObject([{ caseId: refused }, { caseId: broken }]);
  failing.clear();
  expect(await clocks[1]?.tick()).toBe(2);
});

it('leaves alone what is over, what is not due, and kinds that have no such step', async () => {
  const [over, early, exam] = [await opened(), await opened(), await opened('exam')];
  await cases.take(world.person('rural_doctor'), over, 'finish');
  world.clock.nowMs += 10 * 60_000;
  await world.db
    .update(clinicalCase)
    .set({ dueAt: new Date(world.clock.nowMs + 1) })
    .where(eq(clinicalCase.id, early));
  await tickAll();
  for (const id of [over, early, exam]) expect(await expiries(id)).toBe(0);
});

it('finds what ran out while no node was up', async () => {
  const id = await opened();
  world.clock.nowMs += 24 * 3_600_000;
  const fresh = new CaseClock({
    ...{ db: world.db, cases, workflows, log: { warn: () => undefined }, now: () => world.clock.nowMs },
  });
  await fresh.tick();
  expect(await expiries(id)).toBe(1);
  await fresh.close();
  expect(await fresh.tick()).toBe(0);
});

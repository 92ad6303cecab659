import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDemo } from '../../identity/index.ts';
import { account, clinicalCase } from '../../storage/index.ts';
import { startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { principalOf } from './accounts.ts';
import { seedDemoPeople } from './people.ts';
import { seedDemoSurgery } from './surgery.ts';

let world: ClinicWorld;
beforeAll(async () => {
  world = await startClinicWorld();
  await seedDemo({ db: world.db, password: 'demo-password' });
  const { db, clinic, clock } = world;
  await seedDemoPeople({ db, people: clinic.people, now: () => clock.nowMs });
});
afterAll(() => world.stop());

const seed = () => seedDemoSurgery({ db: world.db, cases: world.clinic.cases, now: () => world.clock.nowMs });
const surgeries = () => world.db.select().from(clinicalCase).where(eq(clinicalCase.kind, 'surgery'));
async function chen() {
  const [found] = await world.db.select().from(account).where(eq(account.username, 'chen'));
  return principalOf(found!);
}

it('books one operation with all its people, however many nodes start at once', async () => {
  await Promise.all([seed(), seed(), seed()]);
  await seed();
  const [booked, ...more] = await surgeries();
  expect(more).toEqual([]);
  const { state, participants, actions } = await world.clinic.cases.get(await chen(), booked!.id);
  expect(state).toBe('booked');
  expect(participants.map(({ name }) => name).sort()).toEqual(
    ['高峰', '陈明', '吴强', '何静', '孙洁', '谭静'].sort(),
  );
  expect(actions).toContain('recordConsent');
});

it('books another once it is over, and none with people who have left', async () => {
  const [first] = await surgeries();
  await world.clinic.cases.take(await chen(), first!.id, 'abort', { reason: '演示' });
  await seed();
  expect(await surgeries()).toHaveLength(2);
  await world.db.update(clinicalCase).set({ closedAt: new Date(world.clock.nowMs) });
  await world.db
    .update(account)
    .set({ disabledAt: new Date(world.clock.nowMs) })
    .where(eq(account.username, 'he'));
  await seed();
  expect(await surgeries()).toHaveLength(2);
});

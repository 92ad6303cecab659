import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDemo } from '../../identity/index.ts';
import { account, slot } from '../../storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../../storage/testing/test-database.ts';
import { Slots } from '../time/slots.ts';
import { eq } from 'drizzle-orm';
import { principalOf } from './accounts.ts';
import { seedDemoSlots } from './slots.ts';

const DAY_MS = 24 * 60 * 60_000;
let nowMs = Date.parse('2026-11-28T08:00:00Z');
let database: TestDatabase;
let slots: Slots;
beforeAll(async () => {
  database = await startTestDatabase();
  slots = new Slots(database.db, () => nowMs);
  await seedDemo({ db: database.db, password: 'demo-password' });
});
afterAll(() => database.stop());

const seed = () => seedDemoSlots({ db: database.db, slots, zone: 'Asia/Shanghai', now: () => nowMs });
const free = () => slots.free({ service: 'outpatient', fromMs: nowMs, toMs: nowMs + 8 * DAY_MS });

it('offers a week of times once, however many nodes start at once, and again when it is over', async () => {
  await Promise.all([seed(), seed(), seed()]);
  const first = await free();
  expect(first).toHaveLength(7 * (5 + 4 + 3));
  expect(first[0]?.startsAtMs).toBe(Date.parse('2026-11-29T09:00+08:00'));
  await seed();
  expect(await database.db.select().from(slot)).toHaveLength(7 * (9 + 3 + 6 + 4));
  // What a doctor has taken back is not offered anew.
  const [wang] = await database.db.select().from(account).where(eq(account.username, 'wang'));
  const own = first.filter(({ accountId }) => accountId === wang!.id).map(({ slotId }) => slotId);
  await slots.withdraw(principalOf(wang!), own);
  await seed();
  expect(await free()).toHaveLength(7 * 3);
  nowMs += 8 * DAY_MS;
  await seed();
  expect(await free()).toHaveLength(7 * 12);
});

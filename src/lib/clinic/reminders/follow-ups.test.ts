import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reminder } from '../../storage/index.ts';
import { WORKFLOWS } from '../model/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { addCase, DAY_MS } from '../time/testing/time-world.ts';
import { FollowUps, planFollowUp } from './follow-ups.ts';

let world: ClinicWorld;
let followUps: FollowUps;
beforeAll(async () => {
  world = await startClinicWorld();
  const { db, clinic, clock } = world;
  followUps = new FollowUps({ db, cases: clinic.cases, workflows: WORKFLOWS, now: () => clock.nowMs });
});
afterAll(() => world.stop());

const doctor = () => world.person('rural_doctor');
async function planned(text = '复查血压', inMs = 7 * DAY_MS) {
  const patientId = await world.addPatient('county', { phone: '13800000000' });
  const { caseId } = await addCase(world, { patientId });
  const nowMs = world.clock.nowMs;
  const followUpId = await world.db.transaction((tx) =>
    planFollowUp(tx, { caseId, text, dueAtMs: nowMs + inMs, nowMs }),
  );
  return { caseId, followUpId, patientId };
}
const remindersOf = (caseId: string) => world.db.select().from(reminder).where(eq(reminder.caseId, caseId));

it('is planned with reminders that say that it is due, not what it is', async () => {
  const { caseId, followUpId, patientId } = await planned();
  expect(await followUps.ofCase(doctor(), caseId)).toEqual([
    {
      followUpId,
      caseId,
      service: 'outpatient',
      text: '复查血压',
      dueAtMs: world.clock.nowMs + 7 * DAY_MS,
      doneAtMs: null,
    },
  ]);
  const rows = await remindersOf(caseId);
  expect(rows.map(({ recipient, channel, kind }) => [recipient, channel, kind]).toSorted()).toEqual([
    [doctor().principalId, 'in_app', 'follow_up.due'],
    [`p_${patientId}`, 'sms', 'follow_up.due'],
  ]);
  expect(JSON.stringify(rows)).not.toContain('血压');
  for (const wrong of ['', 'x'.repeat(4001), 'a\u0000b'])
    expect(await outcome(planned(wrong))).toBe('invalid_message');
  expect(await outcome(planned('复查', 0))).toBe('expired');
});

it('is overdue until somebody who may read the case says that it is done', async () => {
  const { caseId, followUpId } = await planned();
  const listed = async (who = doctor()) => (await followUps.overdue(who)).map((each) => each.followUpId);
  expect(await listed()).not.toContain(followUpId);
  world.clock.nowMs += 8 * DAY_MS;
  expect(await listed()).toContain(followUpId);
  const stranger = world.person('rural_doctor', 'elsewhere');
  expect(await listed(stranger)).toEqual([]);
  expect(await outcome(followUps.done(stranger, followUpId))).toBe('not_found');
  expect(await outcome(followUps.ofCase(stranger, caseId))).toBe('not_found');
  expect(await outcome(followUps.done(doctor(), 'nothing'))).toBe('not_found');

  await followUps.done(doctor(), followUpId);
  expect(await listed()).not.toContain(followUpId);
  expect((await followUps.ofCase(doctor(), caseId))[0]?.doneAtMs).toBe(world.clock.nowMs);
  expect(new Set((await remindersOf(caseId)).map(({ state }) => state))).toEqual(new Set(['cancelled']));
  expect(await outcome(followUps.done(doctor(), followUpId))).toBe('conflict');
});

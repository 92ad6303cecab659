import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import { room } from '../../storage/index.ts';
import { outcome, type ClinicWorld } from '../testing/clinic-world.ts';
import { startVisitWorld, visitDay } from '../testing/visit-day.ts';
import { HOUR_MS } from '../time/testing/time-world.ts';

let world: ClinicWorld;
let doctor: AccountPrincipal;
beforeAll(async () => {
  ({ world, doctor } = await startVisitWorld());
});
afterAll(() => world.stop());

const { inVisit, nextDayMs, nurse, phone, take, waiting } = visitDay(
  () => world,
  () => doctor,
);

it('an emergency leaves the local team at the patient, alerts the dispatchers and goes on as a consult', async () => {
  const { cases, consults } = world.clinic;
  const { caseId } = await inVisit();
  const { roomId } = await cases.get(doctor, caseId);
  const dispatchers = [world.person('dispatcher'), world.person('dispatcher', 'city')];
  const { made } = await take(doctor, caseId, 'emergency', { reason: '突发胸痛' });
  const { consultId } = made as { consultId: string };

  // Whoever is with the patient goes on, in the same room, before anybody has accepted anything.
  expect((await world.db.select().from(room).where(eq(room.id, roomId!)))[0]?.status).toBe('open');
  const toldOf = ({ principalId }: AccountPrincipal) =>
    world.told.some(
      (each) =>
        each.principalId === principalId &&
        each.notice.type === 'case.changed' &&
        (each.notice.data as { caseId: string }).caseId === consultId,
    );
  await expect.poll(() => dispatchers.map(toldOf)).toEqual([true, true]);
  const [first] = await consults.board(dispatchers[1]!);
  expect(first).toMatchObject({ caseId: consultId, urgency: 'emergency', linkedCaseId: caseId });
  const consult = await cases.get(dispatchers[1]!, consultId);
  expect(consult.participants).toMatchObject([{ accountId: doctor.accountId, function: 'local_doctor' }]);
  expect(await cases.get(doctor, caseId)).toMatchObject({ state: 'became_consult', roomId });
  // Pressed twice, it is one consult.
  expect(await outcome(take(doctor, caseId, 'emergency', { reason: '突发胸痛' }))).toBe('out_of_order');
});

it('a phone that died comes back by the same link and stands where it stood, in the queue and in the room', async () => {
  const { cases, outpatient } = world.clinic;
  const at = nextDayMs();
  const ahead = await waiting(at);
  const mine = await waiting(at + HOUR_MS);
  const { token } = await outpatient.links.create(nurse(), mine.caseId, 60);
  const opened = await world.identity.caseLinks.redeem(token, phone);
  const stood = await outpatient.place(opened.principal, mine.caseId);
  expect(stood).toMatchObject({ ahead: 1 });

  const browser = { ...phone, sessionToken: opened.token };
  const back = await world.identity.caseLinks.redeem(token, browser);
  expect(back.principal).toEqual(opened.principal);
  expect(await outpatient.place(back.principal, mine.caseId)).toEqual(stood);
  // The link alone is not enough: whoever else has it is not the patient.
  expect(await outcome(world.identity.caseLinks.redeem(token, phone))).toBe('expired');

  await take(ahead.patient, ahead.caseId, 'cancel', { reason: '有事' });
  await take(nurse(), mine.caseId, 'checkIdentity', { how: 'document', guardian: null });
  await take(doctor, mine.caseId, 'call');
  await take(doctor, mine.caseId, 'begin');
  const { roomId } = await cases.get(doctor, mine.caseId);
  const again = await world.identity.caseLinks.redeem(token, browser);
  expect(await outpatient.visit(again.principal, mine.caseId)).toMatchObject({ state: 'in_visit', roomId });
});

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import { appointment, followUp, room } from '../../storage/index.ts';
import { outcome, type ClinicWorld } from '../testing/clinic-world.ts';
import { startVisitWorld, visitDay } from '../testing/visit-day.ts';
import { addSlot, DAY_MS, HOUR_MS, MINUTE_MS } from '../time/testing/time-world.ts';

let world: ClinicWorld;
let doctor: AccountPrincipal;
beforeAll(async () => {
  ({ world, doctor } = await startVisitWorld());
});
afterAll(() => world.stop());

const {
  nurse,
  wang,
  take,
  dataOf,
  entryOf,
  open,
  phoneOf,
  booked,
  inVisit,
  over,
  line,
  phone,
  triageAnswers,
} = visitDay(
  () => world,
  () => doctor,
);

describe('a visit by phone', () => {
  it('goes from the link to the plan, with everybody doing their own part', async () => {
    const { caseId, patient, atMs } = await booked();
    expect(await world.clinic.cases.get(doctor, caseId)).toMatchObject({
      state: 'booked',
      scheduledAtMs: atMs,
    });
    expect(await outcome(take(patient, caseId, 'checkIn'))).toBe('out_of_order');
    world.clock.nowMs = atMs - HOUR_MS;
    await take(patient, caseId, 'checkIn');
    expect(await world.clinic.outpatient.place(patient, caseId)).toMatchObject({ ahead: 0 });
    await take(nurse(), caseId, 'checkIdentity', { how: 'document', guardian: null });
    expect(await world.clinic.outpatient.callNext(doctor)).toBe(caseId);
    await take(doctor, caseId, 'begin');
    const { roomId } = await world.clinic.cases.get(patient, caseId);
    expect((await world.db.select().from(room).where(eq(room.id, roomId!)))[0]).toMatchObject({
      kind: 'outpatient',
      status: 'open',
      patient: { maskedName: '张*华' },
    });
    // The phone dies and comes back: the same visit, in the same state.
    expect(await world.clinic.cases.get(patient, caseId)).toMatchObject({ state: 'in_visit', actions: [] });

    await take(doctor, caseId, 'writeNote', { text: '血压 150/90，加量' });
    for (const who of [patient, nurse(), wang(), world.person('pharmacist')])
      expect(await outcome(take(who, caseId, 'writePrescription', { lines: [line] }))).toBe('forbidden');
    await take(doctor, caseId, 'writePrescription', { lines: [line] });
    expect(await world.clinic.outpatient.visit(patient, caseId)).toMatchObject({
      state: 'in_visit',
      roomId,
      doctor: { name: doctor.name, title: '主任医师' },
      note: null,
      prescription: null,
    });
    world.clock.nowMs += 9 * MINUTE_MS;
    await take(doctor, caseId, 'endVisit');
    expect((await world.db.select().from(room).where(eq(room.id, roomId!)))[0]?.status).toBe('ended');
    expect(world.followed).toContain(roomId);
    await take(doctor, caseId, 'sign', { feeFen: 1_500 });
    await take(world.person('pharmacist'), caseId, 'returnPrescription', { reason: '请注明饭后' });
    await take(doctor, caseId, 'writePrescription', { lines: [{ ...line, remark: '饭后' }] });
    await take(doctor, caseId, 'sign', { feeFen: 1_500 });
    await take(world.person('pharmacist'), caseId, 'approve', { medicinesFen: 2_380 });
    expect(await world.clinic.outpatient.payment(patient, caseId)).toEqual({
      how: 'counter',
      amountFen: 3_880,
    });
    expect(await outcome(take(patient, caseId, 'settle', { how: 'counter', receipt: null }))).toBe(
      'forbidden',
    );
    await world.clinic.outpatient.settled(caseId, 'wx-1');
    expect(await outcome(world.clinic.outpatient.settled(caseId, 'wx-1'))).toBe('out_of_order');
    await take(doctor, caseId, 'planFollowUp', { afterDays: 14, instructions: '两周后复查血压' });
    expect(await world.clinic.cases.get(patient, caseId)).toMatchObject({ state: 'closed', actions: [] });
    expect(await world.clinic.outpatient.visit(patient, caseId)).toMatchObject({
      note: '血压 150/90，加量',
      prescription: [{ medicine: '氨氯地平片', remark: '饭后' }],
      amountFen: 3_880,
      followUp: { afterDays: 14 },
    });
    expect(await world.db.select().from(followUp).where(eq(followUp.caseId, caseId))).toHaveLength(1);
    expect((await world.db.select().from(appointment).where(eq(appointment.caseId, caseId)))[0]?.state).toBe(
      'kept',
    );

    // Seen once, the next is no first visit: nothing has to be shown.
    const { patientId } = await world.clinic.cases.get(wang(), caseId);
    const again = await booked(undefined, patientId);
    expect((await dataOf(again.caseId)).proof).toEqual({ kind: 'earlier_case', caseId });
  });

  it('is the patient’s own and nobody else’s', async () => {
    const [mine, other] = [await booked(), await booked()];
    for (const step of [
      () => world.clinic.cases.get(mine.patient, other.caseId),
      () => world.clinic.cases.history(mine.patient, other.caseId),
      () => world.clinic.outpatient.place(mine.patient, other.caseId),
      () => world.clinic.outpatient.questions(mine.patient, other.caseId, 'triage'),
      () => take(mine.patient, other.caseId, 'cancel', { reason: '…' }),
      () => world.clinic.outpatient.links.create(mine.patient, other.caseId, 60),
      () => world.clinic.outpatient.links.create(world.person('nurse', 'elsewhere'), mine.caseId, 60),
      () => take(world.person('rural_doctor', 'elsewhere'), mine.caseId, 'cancel', { reason: '…' }),
    ])
      expect(await outcome(step())).toBe('not_found');
    // Where it stands, and what is meant for the patient; not what others wrote into it.
    expect((await world.clinic.cases.get(mine.patient, mine.caseId)).data).toEqual({});
    expect(await outcome(world.clinic.cases.history(mine.patient, mine.caseId))).toBe('forbidden');
    expect(await outcome(world.clinic.outpatient.links.create(mine.patient, mine.caseId, 60))).toBe(
      'forbidden',
    );
    expect(
      await outcome(world.clinic.outpatient.links.create(world.person('pharmacist'), mine.caseId, 60)),
    ).toBe('forbidden');
    expect(await outcome(world.clinic.outpatient.links.create(nurse(), mine.caseId, 5))).toBe(
      'invalid_message',
    );
    expect(await outcome(world.clinic.outpatient.queue(mine.patient, doctor.accountId))).toBe('forbidden');
    expect(
      await outcome(world.clinic.outpatient.queue(world.person('nurse', 'elsewhere'), doctor.accountId)),
    ).toBe('not_found');
    expect(await outcome(world.clinic.outpatient.payment(mine.patient, mine.caseId))).toBe('out_of_order');
  });

  it('has what answers mean said by the hub, whatever the phone says of it', async () => {
    const caseId = await open(await world.addPatient());
    const patient = await phoneOf(caseId);
    const calm = { questionnaireId: null, redFlags: [], urgency: 'routine', specialty: null };
    expect(await outcome(take(patient, caseId, 'answerTriage', { answers: { danger: ['none'] } }))).toBe(
      'invalid_message',
    );
    expect(
      await outcome(take(patient, caseId, 'answerTriage', { answers: { ...triageAnswers, x: 1 } })),
    ).toBe('invalid_message');
    world.told.length = 0;
    const answers = { danger: ['stroke_signs'] };
    await take(patient, caseId, 'answerTriage', { answers, outcome: calm });
    const flagged = await world.clinic.cases.get(nurse(), caseId);
    expect(flagged).toMatchObject({ state: 'red_flag', urgency: 'emergency' });
    expect(flagged.dueAtMs).toBe(world.clock.nowMs + 2 * MINUTE_MS);
    await expect
      .poll(() => world.told.map(({ principalId }) => principalId))
      .toEqual(expect.arrayContaining([nurse().principalId, patient.principalId]));
    world.clock.nowMs += 2 * MINUTE_MS;
    await world.clinic.clock.tick();
    expect((await world.clinic.cases.get(nurse(), caseId)).state).toBe('red_flag_overdue');

    const { made } = await take(nurse(), caseId, 'emergency', { reason: '口角歪斜一小时' });
    const { consultId } = made as { consultId: string };
    expect(await world.clinic.cases.get(world.person('dispatcher', 'city'), consultId)).toMatchObject({
      kind: 'consult',
      state: 'requested',
      urgency: 'emergency',
      requestedBy: wang().accountId,
    });
    expect((await world.clinic.cases.get(nurse(), caseId)).state).toBe('became_consult');
  });

  it('sees no child under six alone', async () => {
    const birthDate = new Date(world.clock.nowMs - 4 * 365 * DAY_MS).toISOString().slice(0, 10);
    const child = await world.addPatient('county', { birthDate });
    const { caseId, patient, atMs } = await booked(undefined, child);
    world.clock.nowMs = atMs - MINUTE_MS;
    await take(patient, caseId, 'checkIn');
    const alone = { how: 'document', guardian: null, ageYears: 30 };
    expect(await outcome(take(nurse(), caseId, 'checkIdentity', alone))).toBe('out_of_order');
    await take(nurse(), caseId, 'checkIdentity', { ...alone, guardian: '李梅，母亲' });
    await take(patient, caseId, 'cancel', { reason: '好了' });
    expect((await entryOf(caseId))?.state).toBe('left');
  });

  it('books what is free, once, moves it, and lets it go', async () => {
    const { caseId, patient, atMs } = await booked();
    const other = await world.addPerson('gao', ['rural_doctor']);
    const later = await addSlot(world, other, atMs + HOUR_MS);
    await take(patient, caseId, 'reschedule', { slotId: later, reason: '下乡义诊' });
    const [said] = (await world.clinic.cases.history(wang(), caseId)).filter(
      ({ type }) => type === 'reschedule',
    );
    expect(said?.data).toMatchObject({ slotId: later, reason: '下乡义诊' });
    const moved = await world.clinic.cases.get(wang(), caseId);
    expect(moved.scheduledAtMs).toBe(atMs + HOUR_MS);
    expect(moved.participants.filter((each) => each.function === 'clinic_doctor')).toMatchObject([
      { accountId: other.accountId },
    ]);
    expect(await outcome(take(patient, caseId, 'reschedule', { slotId: 'nothing' }))).toBe('not_found');
    const nursesTime = await addSlot(world, world.person('nurse'), atMs + 2 * HOUR_MS);
    expect(await outcome(take(patient, caseId, 'reschedule', { slotId: nursesTime }))).toBe('not_found');
    await take(patient, caseId, 'cancel', { reason: '有事' });
    const [gone] = await world.db.select().from(appointment).where(eq(appointment.caseId, caseId));
    expect(gone?.state).toBe('cancelled');

    const missed = await booked();
    world.clock.nowMs = missed.atMs + 46 * MINUTE_MS;
    await world.clinic.clock.tick();
    expect((await world.clinic.cases.get(wang(), missed.caseId)).state).toBe('no_show');
  });

  it('goes dark on the phone of the wrong patient, and on as the right one’s', async () => {
    const { caseId, patient } = await inVisit();
    await take(doctor, caseId, 'writeNote', { text: '别人的病历' });
    const { token } = await world.clinic.outpatient.links.create(nurse(), caseId, 60);
    const session = await world.identity.caseLinks.redeem(token, phone);
    const before = await world.clinic.cases.get(doctor, caseId);
    await take(doctor, caseId, 'wrongPatient', { reason: '身份证不符' });
    expect(await world.identity.sessions.find(session.token)).toBeNull();
    expect(await world.identity.caseLinks.look(token)).toBeNull();
    const strangers = await world.addPatient('elsewhere');
    const right = await world.addPatient('county', { name: '张桂花' });
    const found = { reason: '核对身份证' };
    expect(await outcome(take(nurse(), caseId, 'reidentify', { ...found, patientId: strangers }))).toBe(
      'not_found',
    );
    await take(nurse(), caseId, 'reidentify', { ...found, patientId: right });
    expect(await world.clinic.cases.get(nurse(), caseId)).toMatchObject({
      state: 'waiting',
      patientId: right,
    });
    expect((await dataOf(caseId)).quarantined).toMatchObject([{ note: { text: '别人的病历' } }]);
    expect(patient.patientId).not.toBe(right);
    await take(doctor, caseId, 'call');
    await take(doctor, caseId, 'begin');
    const now = await world.clinic.cases.get(doctor, caseId);
    expect(now.roomId).not.toBe(before.roomId);
    await take(doctor, caseId, 'checkIdentity', { how: 'document', guardian: null });
    await over(caseId);
  });

  it('is signed under a real name and licence, and goes on with another doctor when one drops', async () => {
    const nameless = await world.addPerson('wu', ['specialist']);
    const { caseId } = await inVisit();
    const outsider = { doctorId: world.person('nurse').accountId, reason: '掉线' };
    expect(await outcome(take(nurse(), caseId, 'replaceDoctor', outsider))).toBe('not_found');
    await take(nurse(), caseId, 'replaceDoctor', { doctorId: nameless.accountId, reason: '掉线' });
    expect(await outcome(take(doctor, caseId, 'call'))).toMatch(/forbidden|not_found/);
    expect(await world.clinic.outpatient.callNext(nameless)).toBe(caseId);
    await take(nameless, caseId, 'begin');
    await take(nameless, caseId, 'writeNote', { text: '接诊' });
    await take(nameless, caseId, 'endVisit');
    expect(await outcome(take(nameless, caseId, 'sign', { feeFen: 0 }))).toBe('forbidden');
  });
});

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal, PatientPrincipal } from '../../identity/index.ts';
import { appointment, clinicalCase, followUp, queueEntry, room } from '../../storage/index.ts';
import type { OutpatientData } from '../model/outpatient/outpatient-data.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { addSlot, DAY_MS, HOUR_MS, MINUTE_MS } from '../time/testing/time-world.ts';

let world: ClinicWorld;
let doctor: AccountPrincipal;
let day = 0;
beforeAll(async () => {
  world = await startClinicWorld();
  doctor = await world.addPerson('lin', ['specialist']);
  await world.addPractitioner(doctor, ['cardiology']);
});
afterAll(() => world.stop());

const nurse = () => world.person('nurse');
const wang = () => world.person('rural_doctor');
const take = (
  who: Parameters<ClinicWorld['clinic']['cases']['take']>[0],
  caseId: string,
  step: string,
  input = {},
) => world.clinic.cases.take(who, caseId, step, input);
const dataOf = async (caseId: string) =>
  (await world.clinic.cases.get(wang(), caseId)).data as OutpatientData;
const entryOf = async (caseId: string) =>
  (await world.db.select().from(queueEntry).where(eq(queueEntry.caseId, caseId)))[0];
const phone = { sessionToken: null, userAgent: 'Phone' };

async function open(patientId: string): Promise<string> {
  const input = { reason: '高血压复诊' };
  return world.clinic.cases.open(wang(), { kind: 'outpatient', patientId, urgency: 'routine', input });
}
async function phoneOf(caseId: string): Promise<PatientPrincipal> {
  const { token } = await world.clinic.outpatient.links.create(nurse(), caseId, 60 * 24);
  return (await world.identity.caseLinks.redeem(token, phone)).principal;
}
const triageAnswers = { danger: ['none'], complaint: 'review', pain: 0, since: 'longer' };
const storyAnswers = { story: '复查血压', history: ['hypertension'], allergy: false, medicine: false };

/** As far as the booking, by the patient's own phone, with a first visit that staff has checked. */
async function booked(
  at = world.clock.nowMs + ++day * DAY_MS,
  patientId = '',
): Promise<{ caseId: string; patient: PatientPrincipal; atMs: number }> {
  const caseId = await open(patientId || (await world.addPatient()));
  const patient = await phoneOf(caseId);
  await take(patient, caseId, 'answerTriage', { answers: triageAnswers });
  await take(patient, caseId, 'answerPreConsult', { answers: storyAnswers });
  if (!(await dataOf(caseId)).proof) {
    await take(patient, caseId, 'claimFirstVisit', { statement: '去年在本院住过院', attachmentIds: [] });
    await take(nurse(), caseId, 'acceptProof');
  }
  const slotId = await addSlot(world, doctor, at);
  await take(patient, caseId, 'book', { slotId });
  return { caseId, patient, atMs: at };
}
async function waiting(at?: number) {
  const visit = await booked(at);
  world.clock.nowMs = Math.max(world.clock.nowMs, visit.atMs - 5 * MINUTE_MS);
  await take(visit.patient, visit.caseId, 'checkIn');
  return visit;
}
async function inVisit() {
  const visit = await waiting();
  await take(nurse(), visit.caseId, 'checkIdentity', { how: 'document', guardian: null });
  await take(doctor, visit.caseId, 'call');
  await take(doctor, visit.caseId, 'begin');
  return visit;
}
const line = {
  ...{ medicine: '氨氯地平片', strength: '5 mg', dose: '1 片', route: 'oral', frequency: 'qd', days: 28 },
  quantity: '28 片',
};
/** So that the doctor is free for the next test. */
async function over(caseId: string): Promise<void> {
  await take(doctor, caseId, 'writeNote', { text: '血压平稳，继续原方案' });
  await take(doctor, caseId, 'endVisit');
  await take(doctor, caseId, 'sign', { feeFen: 0 });
  await take(doctor, caseId, 'planFollowUp', { afterDays: null, instructions: null });
}

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
    expect(world.toldRooms).toContainEqual({
      roomId,
      notice: { type: 'room.dismissed', data: { roomId, reason: 'ended' } },
    });
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
    await take(patient, caseId, 'reschedule', { slotId: later });
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

describe('the queue', () => {
  it('calls one at a time, however many pages say "next" at once', async () => {
    const at = world.clock.nowMs + ++day * DAY_MS;
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
    const at = world.clock.nowMs + ++day * DAY_MS;
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
    const at = world.clock.nowMs + ++day * DAY_MS;
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

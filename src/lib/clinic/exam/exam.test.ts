import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal, BoxPrincipal } from '../../identity/index.ts';
import { account, box, clinicalCase, room, roomParticipant } from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { addBox, examInRoom, KIDNEY, selfTest } from '../testing/exam-day.ts';
import { personSaid } from './person.ts';

let world: ClinicWorld;
let bedside: BoxPrincipal;
let [doctor, probe, expert]: AccountPrincipal[] = [];
/** 张桂华 with a document; each exam has a patient of its own name. */
let patientId: string;
const sure = { name: '张桂华', laterality: 'left' };

beforeAll(async () => {
  world = await startClinicWorld();
  bedside = await addBox(world, 'box-county');
  await addBox(world, 'box-city', 'city');
  await addBox(world, 'box-spare');
  [doctor, probe, expert] = [
    world.person('rural_doctor'),
    world.person('sonographer'),
    world.person('specialist', 'city'),
  ];
  patientId = await world.addPatient('county', { idKind: 'resident_id', idMasked: '****123X' });
});
afterAll(() => world.stop());

const take = (who: AccountPrincipal | BoxPrincipal, caseId: string, action: string, input: object = {}) =>
  world.clinic.cases.take(who, caseId, action, input);
const refused = (...step: Parameters<typeof take>) => outcome(take(...step));
const stateOf = async (caseId: string) => (await world.clinic.cases.get(doctor!, caseId)).state;
const ordered = (more: object = {}) =>
  world.clinic.cases.open(doctor!, {
    kind: 'exam',
    patientId,
    urgency: 'urgent',
    input: { ...KIDNEY, ...more },
  });
async function inRoom(): Promise<string> {
  await world.db.update(room).set({ status: 'ended', boxId: null });
  return examInRoom(world, { boxId: bedside.boxId, expert: expert!, patient: patientId });
}

describe('an exam', () => {
  it('lives from its order to the archive: the hand here, the expert elsewhere', async () => {
    const { clinic } = world;
    const caseId = await inRoom();
    const opened = await clinic.cases.get(expert!, caseId);
    expect(opened).toMatchObject({
      state: 'identifying',
      laterality: 'left',
      boxId: bedside.boxId,
      guestInstitutionId: 'city',
      actions: expect.arrayContaining(['confirmFarEnd']) as unknown,
    });
    const people = await world.db
      .select({ accountId: roomParticipant.accountId, role: roomParticipant.role })
      .from(roomParticipant)
      .where(eq(roomParticipant.roomId, opened.roomId!));
    expect(people).toEqual(
      expect.arrayContaining([
        { accountId: probe!.accountId, role: 'sonographer' },
        { accountId: expert!.accountId, role: 'specialist' },
      ]),
    );

    await take(bedside, caseId, 'confirmAtBedside', sure);
    await take(expert!, caseId, 'confirmFarEnd', { idTail: '123x', laterality: 'left' });
    expect(await stateOf(caseId)).toBe('examining');
    await take(expert!, caseId, 'addFindings', { text: '左肾下盏强回声 6 mm' });
    await take(probe!, caseId, 'finish');
    expect(await refused(expert!, caseId, 'report')).toBe('out_of_order');
    const draft = await clinic.documents.draft(expert!, caseId, 'report');
    for (const section of ['findings', 'impression'])
      await clinic.documents.write(expert!, caseId, draft.documentId, {
        section,
        text: '左肾结石',
        basedOn: 0,
      });
    expect(await refused(probe!, caseId, 'report')).toBe('forbidden');
    expect((await take(expert!, caseId, 'report')).made).toEqual({ documentId: draft.documentId });
    await take(doctor!, caseId, 'acknowledge');
    expect(await stateOf(caseId)).toBe('closed');
    const [ended] = await world.db.select().from(room).where(eq(room.id, opened.roomId!));
    expect(ended).toMatchObject({ status: 'ended', boxId: null });
    expect((await clinic.cases.history(expert!, caseId)).map(({ type }) => type)).toEqual([
      ...['opened', 'assignExpert', 'prepare', 'attachBox', 'openRoom', 'confirmAtBedside', 'confirmFarEnd'],
      ...['addFindings', 'finish', 'report', 'acknowledge'],
    ]);
  });

  it('freezes for the wrong patient, whatever the client says of it, and goes on after identifying anew', async () => {
    const caseId = await inRoom();
    const lie = { name: '李秀英', laterality: 'left', person: 'same' };
    await take(probe!, caseId, 'confirmAtBedside', sure);
    expect((await take(expert!, caseId, 'confirmFarEnd', lie)).state).toBe('frozen');
    expect(await refused(expert!, caseId, 'addFindings', { text: 'x' })).toBe('out_of_order');
    expect(await outcome(world.clinic.documents.draft(expert!, caseId, 'report'))).toBe('out_of_order');
    await take(probe!, caseId, 'reidentify', { earlierPictures: 'void', reason: '叫错人' });
    await take(probe!, caseId, 'confirmAtBedside', { ...sure, idTail: '123X' });
    expect((await take(expert!, caseId, 'confirmFarEnd', { ...sure, idTail: '9999' })).state).toBe('frozen');
    await take(probe!, caseId, 'voidOrder', { reason: '医嘱属另一位患者' });
    expect(await stateOf(caseId)).toBe('voided');
    const history = await world.clinic.cases.history(doctor!, caseId);
    expect(history.find(({ type }) => type === 'confirmFarEnd')?.data).toEqual({ ...lie, person: 'other' });
  });

  it('freezes for the wrong side; a changed side is on the case and in its room', async () => {
    const caseId = await inRoom();
    await take(probe!, caseId, 'confirmAtBedside', { ...sure, laterality: 'right' });
    expect(await stateOf(caseId)).toBe('frozen');
    await take(probe!, caseId, 'reidentify', { earlierPictures: 'void', reason: '口误' });
    await take(expert!, caseId, 'changeSide', { laterality: 'right', reason: '医嘱更正' });
    const { laterality, roomId } = await world.clinic.cases.get(doctor!, caseId);
    const [shown] = await world.db.select().from(room).where(eq(room.id, roomId!));
    expect([laterality, shown?.patient?.laterality]).toEqual(['right', 'right']);
  });

  it('is confirmed by both ends at the same moment, once', async () => {
    const caseId = await inRoom();
    const outcomes = await Promise.all([
      refused(bedside, caseId, 'confirmAtBedside', sure),
      refused(expert!, caseId, 'confirmFarEnd', sure),
      refused(probe!, caseId, 'confirmAtBedside', sure),
    ]);
    expect(outcomes).toEqual(['ok', 'ok', 'ok']);
    const { state, version } = await world.clinic.cases.get(doctor!, caseId);
    expect([state, version]).toEqual(['examining', 8]);
  });

  it('takes only a box of its own house, an expert who is one, and its own patient', async () => {
    const caseId = await ordered();
    for (const accountId of ['nobody-here', world.person('nurse', 'city').accountId])
      expect(await refused(doctor!, caseId, 'assignExpert', { accountId })).toBe('not_found');
    await world.db
      .update(account)
      .set({ disabledAt: new Date() })
      .where(eq(account.id, 'specialist-elsewhere'));
    expect(await refused(doctor!, caseId, 'assignExpert', { accountId: 'specialist-elsewhere' })).toBe(
      'not_found',
    );
    await take(probe!, caseId, 'prepare', { items: [] });
    await world.db.update(box).set({ status: 'awaiting' }).where(eq(box.id, 'box-spare'));
    for (const boxId of ['box-city', 'box-spare', 'nothing'])
      for (const status of ['ok', 'fail'] as const)
        expect(await refused(probe!, caseId, 'attachBox', { boxId, selfTest: selfTest(status) })).toBe(
          'not_found',
        );
    expect((await world.clinic.cases.get(doctor!, caseId)).boxId).toBeNull();

    for (const stranger of [world.person('sonographer', 'elsewhere'), world.person('specialist', 'city')]) {
      expect(await outcome(world.clinic.cases.get(stranger, caseId))).toBe('not_found');
      expect(await refused(stranger, caseId, 'prepare', { items: [] })).toBe('not_found');
    }
    const foreign = await world.addPatient('elsewhere');
    const order = { kind: 'exam', patientId: foreign, urgency: 'routine', input: KIDNEY } as const;
    expect(await outcome(world.clinic.cases.open(doctor!, order))).toBe('not_found');
    const nonsense = { ...order, patientId, input: { ...KIDNEY, laterality: 'none' } };
    expect(await outcome(world.clinic.cases.open(doctor!, nonsense))).toBe('invalid_message');
  });

  it('goes on with another expert; the first is out of case and room', async () => {
    const caseId = await inRoom();
    const { roomId } = await world.clinic.cases.get(doctor!, caseId);
    const other = await world.addPerson('another', ['specialist']);
    await take(expert!, caseId, 'dropExpert', { reason: '急诊' });
    expect(await outcome(world.clinic.cases.get(expert!, caseId))).toBe('not_found');
    await take(doctor!, caseId, 'assignExpert', { accountId: other.accountId });
    const inside = await world.db
      .select({ accountId: roomParticipant.accountId })
      .from(roomParticipant)
      .where(and(eq(roomParticipant.roomId, roomId!), eq(roomParticipant.role, 'specialist')));
    expect(inside).toEqual([{ accountId: other.accountId }]);
    expect(world.sentOut).toContainEqual({ roomId, memberId: expert!.principalId });
    await take(probe!, caseId, 'confirmAtBedside', sure);
    expect((await take(other, caseId, 'confirmFarEnd', sure)).state).toBe('examining');
    expect((await world.clinic.cases.get(other, caseId)).guestInstitutionId).toBeNull();
  });

  it('comes back to its room after the box was lost, with a new self-test', async () => {
    const caseId = await inRoom();
    const { roomId } = await world.clinic.cases.get(doctor!, caseId);
    await take(bedside, caseId, 'boxLost', { reason: '断网' });
    expect(await refused(bedside, caseId, 'confirmAtBedside', sure)).toBe('not_found');
    await world.db.update(box).set({ status: 'enrolled' }).where(eq(box.id, 'box-spare'));
    const spare = { boxId: 'box-spare', selfTest: selfTest('ok') };
    expect(await refused(probe!, caseId, 'attachBox', spare)).toBe('conflict');
    await take(probe!, caseId, 'attachBox', { boxId: bedside.boxId, selfTest: selfTest('warn') });
    await take(probe!, caseId, 'openRoom');
    expect(await world.clinic.cases.get(doctor!, caseId)).toMatchObject({ state: 'identifying', roomId });
  });

  it('becomes a consult in an emergency, before the dispatchers at once', async () => {
    const caseId = await inRoom();
    const { made } = await take(bedside, caseId, 'emergency', { reason: '患者意识丧失' });
    const { consultId } = made as { consultId: string };
    const [consult] = await world.db.select().from(clinicalCase).where(eq(clinicalCase.id, consultId));
    expect(consult).toMatchObject({
      kind: 'consult',
      urgency: 'emergency',
      patientId,
      requestedBy: doctor!.accountId,
    });
    expect(consult?.dueAt).not.toBeNull();
    expect(await stateOf(caseId)).toBe('became_consult');
    expect(await outcome(world.clinic.cases.get(world.person('dispatcher', 'city'), consultId))).toBe('ok');
  });

  it('says once that nobody has begun in time', async () => {
    const caseId = await ordered();
    world.clock.nowMs += 61 * 60_000;
    await world.clinic.clock.tick();
    expect(await world.clinic.cases.get(doctor!, caseId)).toMatchObject({
      state: 'ordered',
      dueAtMs: null,
      data: { overdueSinceMs: world.clock.nowMs },
    });
  });

  it('stands in its own house’s list, the most urgent first, then the earliest', async () => {
    await world.db.update(clinicalCase).set({ closedAt: new Date() });
    const first = await ordered();
    world.clock.nowMs += 60_000;
    const second = await ordered();
    const third = await world.clinic.cases.open(doctor!, {
      kind: 'exam',
      patientId,
      urgency: 'emergency',
      input: KIDNEY,
    });
    await take(probe!, first, 'schedule', { atMs: world.clock.nowMs + 3_600_000 });
    const rows = await world.clinic.exams.list(probe!);
    expect(rows.map(({ caseId }) => caseId)).toEqual([third, second, first]);
    expect(rows[0]).toMatchObject({
      patient: { maskedName: '张*华', sex: 'female', ageYears: 65 },
      data: { order: { bodyPart: 'kidney' } },
    });
    expect(await world.clinic.exams.list(world.person('sonographer', 'elsewhere'))).toEqual([]);
    expect(await outcome(world.clinic.exams.list(expert!))).toBe('forbidden');
    expect(await refused(probe!, second, 'schedule', { atMs: 5 })).toBe('invalid_message');
  });
});

it.each([
  [{ name: ' 张 桂华 ' }, 'same'],
  [{ name: '张桂花' }, 'other'],
  [{ idTail: '123x' }, 'same'],
  [{ name: '张桂华', idTail: '1234' }, 'other'],
  [{}, 'unknown'],
] as const)('%j is %s', (said, person) => {
  expect(personSaid(said, { name: '张桂华', idMasked: '****123X' })).toBe(person);
});
it('a document is no proof where the record holds none', () => {
  expect(personSaid({ idTail: '123X' }, { name: '张桂华', idMasked: null })).toBe('unknown');
});

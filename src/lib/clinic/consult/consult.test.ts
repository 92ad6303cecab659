import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import { appointment, patient, room, roomParticipant, slot } from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { CONSENT, consultAt, REQUEST } from '../testing/consult-walk.ts';
import type { ConsultData } from '../model/consult/consult-data.ts';
import { openFromCase } from './open-from-case.ts';

let world: ClinicWorld;
let doctor: AccountPrincipal;
let dispatcher: AccountPrincipal;
let specialist: AccountPrincipal;
let second: AccountPrincipal;
const HOUR = 3_600_000;
const because = { reason: '另有手术' };

beforeAll(async () => {
  world = await startClinicWorld();
  doctor = world.person('rural_doctor');
  dispatcher = world.person('dispatcher', 'city');
  specialist = world.person('specialist', 'city');
  second = await world.addPerson('second', ['specialist'], 'city');
});
afterAll(() => world.stop());

const take = (who: AccountPrincipal, caseId: string, action: string, input: unknown = {}) =>
  world.clinic.cases.take(who, caseId, action, input);
const state = async (caseId: string) => (await world.clinic.cases.get(doctor, caseId)).state;
const data = async (caseId: string) => (await world.clinic.cases.get(doctor, caseId)).data as ConsultData;
const meeting = (who: AccountPrincipal, inHours = 200) => ({
  accountId: who.accountId,
  startsAtMs: world.clock.nowMs + inHours * HOUR,
});
const mayEnter = async (roomId: string) =>
  (await world.db.select().from(roomParticipant).where(eq(roomParticipant.roomId, roomId)))
    .map(({ accountId }) => accountId)
    .sort();

async function writeOpinion(caseId: string): Promise<void> {
  const { documentId } = await world.clinic.documents.draft(specialist, caseId, 'opinion');
  for (const section of ['findings', 'impression', 'advice'])
    await world.clinic.documents.write(specialist, caseId, documentId, {
      section,
      text: `${section}。`,
      basedOn: 0,
    });
}

describe('a consult', () => {
  it('runs from the request to the archive, and its history tells how', async () => {
    const caseId = await consultAt(world, 'ready');
    await take(specialist, caseId, 'markRead');
    const opened = await take(doctor, caseId, 'openRoom');
    const { roomId } = opened.made as { roomId: string };
    expect(await mayEnter(roomId)).toEqual([doctor.accountId, specialist.accountId].sort());

    expect(await outcome(take(specialist, caseId, 'conclude'))).toBe('out_of_order');
    await writeOpinion(caseId);
    await take(specialist, caseId, 'conclude');
    expect(await outcome(take(specialist, caseId, 'acknowledge', {}))).toBe('forbidden');
    await take(doctor, caseId, 'acknowledge', { follows: 'partly', decision: '先抗炎，择期手术。' });

    const closed = await world.clinic.cases.get(specialist, caseId);
    expect(closed).toMatchObject({ state: 'archived', guestInstitutionId: 'city', roomId });
    expect(closed.data).toMatchObject({
      request: REQUEST,
      consent: { ...CONSENT, recordedBy: doctor.accountId },
      invitation: { request: REQUEST },
      readBy: [specialist.accountId],
      decision: { follows: 'partly', by: doctor.accountId },
    });
    const [ended] = await world.db.select().from(room).where(eq(room.id, roomId));
    expect(ended?.status).toBe('ended');
    const history = await world.clinic.cases.history(doctor, caseId);
    expect(history.map(({ type }) => type)).toEqual([
      ...['opened', 'submit', 'claim', 'match', 'accept', 'recordConsent', 'invite', 'markRead', 'openRoom'],
      ...['conclude', 'acknowledge'],
    ]);
  });

  it('may be written down in part, but is asked for only as a whole', async () => {
    const caseId = await consultAt(world, 'draft');
    await take(doctor, caseId, 'save', { reason: REQUEST.reason });
    expect(await outcome(take(doctor, caseId, 'submit', { reason: REQUEST.reason }))).toBe('invalid_message');
    expect(await outcome(take(doctor, caseId, 'submit', { ...REQUEST, specialty: 'astrology' }))).toBe(
      'invalid_message',
    );
    await take(doctor, caseId, 'submit', { ...REQUEST, summary: '<b>x</b>' });
    expect((await data(caseId)).request.summary).toBe('<b>x</b>');
  });

  it('is taken on by one of two dispatchers, and the other hears by whom', async () => {
    const caseId = await consultAt(world, 'requested');
    const other = world.person('dispatcher');
    const both = await Promise.allSettled([take(dispatcher, caseId, 'claim'), take(other, caseId, 'claim')]);
    const lost = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    const winner = (await data(caseId)).dispatcher;
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(lost.reason).toMatchObject({ code: 'conflict', message: `taken on by ${winner?.name}` });
    const loser = winner?.accountId === other.accountId ? dispatcher : other;
    expect(await outcome(take(loser, caseId, 'decline', because))).toBe('conflict');
    await take(loser, caseId, 'takeOver', because);
    await take(loser, caseId, 'return', { question: '请补充凝血结果' });
    await take(doctor, caseId, 'submit', REQUEST);
    await take(loser, caseId, 'decline', because);
    expect(await state(caseId)).toBe('declined');
    expect(await outcome(take(loser, caseId, 'claim'))).toBe('out_of_order');
  });

  it('goes back to the dispatcher when the specialist refuses, who knows nothing of it any more', async () => {
    const caseId = await consultAt(world, 'matched');
    expect(await outcome(take(specialist, caseId, 'refuse', {}))).toBe('invalid_message');
    await take(specialist, caseId, 'refuse', because);
    expect(await state(caseId)).toBe('requested');
    expect((await data(caseId)).former).toMatchObject([{ accountId: specialist.accountId, ...because }]);
    expect(await outcome(world.clinic.cases.get(specialist, caseId))).toBe('not_found');
    await take(dispatcher, caseId, 'match', meeting(second));
    expect(await state(caseId)).toBe('matched');
  });

  it('asks nobody who is no specialist, asks for it themselves, has no time, or for a time that is past', async () => {
    const caseId = await consultAt(world, 'claimed');
    const match = (input: object) => outcome(take(dispatcher, caseId, 'match', input));
    expect(await match(meeting(world.person('nurse')))).toBe('not_found');
    expect(await match({ ...meeting(specialist), startsAtMs: world.clock.nowMs - HOUR })).toBe(
      'invalid_message',
    );
    const busyAt = world.clock.nowMs + 300 * HOUR;
    await consultAt(world, 'matched', { startsAtMs: busyAt });
    expect(await match({ ...meeting(specialist), startsAtMs: busyAt + 60_000 })).toBe('conflict');
    expect(await match({ ...meeting(specialist), startsAtMs: busyAt + HOUR })).toBe('ok');
  });

  it('takes a published slot, which nobody else gets, and gives it back', async () => {
    const startsAt = new Date(world.clock.nowMs + 400 * HOUR);
    const endsAt = new Date(startsAt.getTime() + HOUR / 2);
    await world.db.insert(slot).values({
      ...{ id: 'slot-1', accountId: second.accountId, institutionId: 'city' },
      ...{ service: 'consult', startsAt, endsAt },
    });
    const input = { accountId: second.accountId, startsAtMs: startsAt.getTime(), slotId: 'slot-1' };
    const [a, b] = [await consultAt(world, 'claimed'), await consultAt(world, 'claimed')];
    expect(await outcome(take(dispatcher, a, 'match', { ...input, startsAtMs: 1e14 }))).toBe('conflict');
    await take(dispatcher, a, 'match', input);
    expect(await outcome(take(dispatcher, b, 'match', input))).toBe('conflict');
    await take(doctor, a, 'cancel', because);
    const booked = await world.db.select().from(appointment).where(eq(appointment.caseId, a));
    expect(booked).toMatchObject([{ state: 'cancelled', endReason: because.reason }]);
    expect(await outcome(take(dispatcher, b, 'match', input))).toBe('ok');
  });

  it('lets nobody into a room without consent, and an institution consent in an emergency only', async () => {
    const caseId = await consultAt(world, 'accepted');
    expect(await outcome(take(doctor, caseId, 'openRoom'))).toBe('out_of_order');
    expect(await outcome(take(specialist, caseId, 'recordConsent', CONSENT))).toBe('forbidden');
    for (const wrong of [{ feeFen: -1 }, { feeFen: 1.5 }, { textVersion: '' }, { signedName: ' ' }])
      expect(await outcome(take(doctor, caseId, 'recordConsent', { ...CONSENT, ...wrong }))).toBe(
        'invalid_message',
      );
    const byInstitution = { ...CONSENT, givenBy: 'institution' };
    expect(await outcome(take(doctor, caseId, 'recordConsent', byInstitution))).toBe('forbidden');
    const emergency = await consultAt(world, 'requested', { urgency: 'emergency' });
    await take(doctor, emergency, 'recordConsent', byInstitution);
    await take(dispatcher, emergency, 'match', meeting(second, 0));
    await take(second, emergency, 'accept');
    expect(await state(emergency)).toBe('consented');
  });

  it('stops when consent is withdrawn, and everybody leaves the room', async () => {
    const caseId = await consultAt(world, 'in_session');
    const { roomId } = await world.clinic.cases.get(doctor, caseId);
    world.followed.length = 0;
    await take(doctor, caseId, 'withdrawConsent', { reason: '患者不同意继续' });
    expect(await state(caseId)).toBe('stopped');
    expect((await data(caseId)).consent).toBeNull();
    expect((await world.directory.find(roomId as string))?.status).toBe('ended');
    expect(world.followed).toEqual([roomId]);
  });

  it('goes on with another specialist when one drops out of the room', async () => {
    const caseId = await consultAt(world, 'in_session');
    const roomId = (await world.clinic.cases.get(doctor, caseId)).roomId as string;
    await take(specialist, caseId, 'drop', { reason: '急诊手术' });
    expect(await state(caseId)).toBe('replacing');
    expect(await mayEnter(roomId)).toEqual([doctor.accountId]);
    expect(await outcome(take(doctor, caseId, 'cancel', because))).toBe('out_of_order');
    await take(dispatcher, caseId, 'reassign', { ...meeting(second, 250), ...because });
    expect(await state(caseId)).toBe('in_session');
    expect(await mayEnter(roomId)).toEqual([doctor.accountId, second.accountId].sort());
    expect(await outcome(world.clinic.cases.get(specialist, caseId))).toBe('not_found');
    await take(dispatcher, caseId, 'addParticipant', {
      accountId: world.person('interpreter', 'city').accountId,
      function: 'interpreter',
    });
    expect(await mayEnter(roomId)).toHaveLength(3);
    const third = await world.addPerson('third', ['specialist'], 'city');
    const also = { accountId: third.accountId, function: 'specialist' };
    await take(dispatcher, caseId, 'addParticipant', also);
    expect(await outcome(take(third, caseId, 'drop', because))).toBe('forbidden');
    expect(await outcome(take(dispatcher, caseId, 'addParticipant', { ...also, ...meeting(second) }))).toBe(
      'invalid_message',
    );
    await take(second, caseId, 'drop', because);
    await take(dispatcher, caseId, 'reassign', { ...meeting(third, 260), ...because });
    expect(await mayEnter(roomId)).toContain(third.accountId);
    expect(await outcome(take(third, caseId, 'drop', because))).toBe('ok');
  });

  it('freezes over the wrong patient, and goes on with the right one of the same institution', async () => {
    const caseId = await consultAt(world, 'in_session');
    const wrong = world.patientId;
    const right = await world.addPatient('county', { name: '张桂花' });
    await take(specialist, caseId, 'wrongPatient', { reason: '姓名不符' });
    const { documents } = world.clinic;
    expect(await outcome(documents.draft(specialist, caseId, 'opinion'))).toBe('out_of_order');
    const elsewhere = await world.addPatient('city');
    for (const patientId of [elsewhere, 'nobody-at-all'])
      expect(await outcome(take(doctor, caseId, 'reidentify', { patientId, consentStands: true }))).toBe(
        'not_found',
      );
    await take(doctor, caseId, 'reidentify', { patientId: right, consentStands: true });
    const going = await world.clinic.cases.get(doctor, caseId);
    expect(going).toMatchObject({ state: 'in_session', patientId: right });
    const [shown] = await world.db
      .select()
      .from(room)
      .where(eq(room.id, going.roomId as string));
    expect(shown?.patient?.maskedName).toBe('张*花');
    const last = (await world.clinic.cases.history(doctor, caseId)).at(-1);
    expect(last?.data).toMatchObject({ patientId: right, formerPatientId: wrong });
    expect(await world.db.select().from(patient).where(eq(patient.id, wrong))).toHaveLength(1);

    await take(doctor, caseId, 'wrongPatient', { reason: '身份证不符' });
    await take(doctor, caseId, 'reidentify', { patientId: wrong, consentStands: false });
    const again = await world.clinic.cases.get(doctor, caseId);
    expect(again).toMatchObject({ state: 'accepted', roomId: null });
    expect((await world.directory.find(going.roomId as string))?.status).toBe('ended');
    await take(doctor, caseId, 'recordConsent', CONSENT);
    await take(doctor, caseId, 'invite');
    expect(await outcome(take(doctor, caseId, 'openRoom'))).toBe('ok');
  });

  it('amends an opinion by another one, which is acknowledged again, also out of the archive', async () => {
    const caseId = await consultAt(world, 'in_session');
    await writeOpinion(caseId);
    await take(specialist, caseId, 'conclude');
    await take(doctor, caseId, 'acknowledge', { follows: 'wholly', decision: '按会诊意见执行。' });
    await take(specialist, caseId, 'amend', { reason: '补充病理结果' });
    const { documents } = world.clinic;
    const draft = await documents.draft(specialist, caseId, 'opinion');
    expect(draft.sections['findings']?.text).toBe('findings。');
    await documents.write(specialist, caseId, draft.documentId, {
      section: 'findings',
      text: '病理：腺癌。',
      basedOn: 1,
    });
    await take(specialist, caseId, 'conclude');
    expect(await state(caseId)).toBe('concluded');
    const all = await documents.list(doctor, caseId);
    expect(all.map((each) => [each.state, each.supersedes])).toEqual([
      ['superseded', null],
      ['final', all[0]?.documentId],
    ]);
    expect(all[0]?.sections['findings']?.text).toBe('findings。');
  });

  it('is what a visit becomes in an emergency, in the same step or not at all', async () => {
    const visit = await consultAt(world, 'draft');
    const { row } = await world.clinic.cases.look(doctor, visit);
    const actor = { ...doctor, id: doctor.principalId };
    const asked = { ...REQUEST, specialty: null, requestedBy: doctor.accountId };
    const begin = (fails: boolean) =>
      world.db.transaction(async (tx) => {
        const opened = await openFromCase(world.clinic.cases, { tx, row, actor }, asked);
        if (fails) throw new Error('the visit’s own step failed');
        return opened;
      });
    await expect(begin(true)).rejects.toThrow('own step');
    const { consultId, tell } = await begin(false);
    tell();
    const consult = await world.clinic.cases.get(dispatcher, consultId);
    expect(consult).toMatchObject({
      state: 'requested',
      urgency: 'emergency',
      requestedBy: doctor.accountId,
      dueAtMs: world.clock.nowMs + 5 * 60_000,
      data: { linkedCaseId: visit },
    });
    expect(consult.participants).toMatchObject([{ function: 'local_doctor' }]);
    const board = await world.clinic.consults.board(dispatcher);
    expect(board.filter(({ linkedCaseId }) => linkedCaseId === visit)).toHaveLength(1);
    expect(await outcome(take(doctor, visit, 'submitEmergency', { ...REQUEST, linkedCaseId: visit }))).toBe(
      'forbidden',
    );
  });
});

import { eq } from 'drizzle-orm';
import type { AccountPrincipal, PatientPrincipal } from '../../identity/index.ts';
import { queueEntry } from '../../storage/index.ts';
import type { OutpatientData } from '../model/outpatient/outpatient-data.ts';
import { addSlot, DAY_MS, MINUTE_MS } from '../time/testing/time-world.ts';
import { startClinicWorld, type ClinicWorld } from './clinic-world.ts';

/** A world and a doctor of it who sees outpatients. */
export async function startVisitWorld(): Promise<{ world: ClinicWorld; doctor: AccountPrincipal }> {
  const world = await startClinicWorld();
  const doctor = await world.addPerson('lin', ['specialist']);
  await world.addPractitioner(doctor, ['cardiology']);
  return { world, doctor };
}

/** Visits by phone to one doctor of a world, brought as far as a test wants them; each has a day of its own. */
export function visitDay(world: () => ClinicWorld, doctor: () => AccountPrincipal) {
  let day = 0;
  const nextDayMs = () => world().clock.nowMs + ++day * DAY_MS;
  const nurse = () => world().person('nurse');
  const wang = () => world().person('rural_doctor');
  const take = (
    who: Parameters<ClinicWorld['clinic']['cases']['take']>[0],
    caseId: string,
    step: string,
    input = {},
  ) => world().clinic.cases.take(who, caseId, step, input);
  const dataOf = async (caseId: string) =>
    (await world().clinic.cases.get(wang(), caseId)).data as OutpatientData;
  const entryOf = async (caseId: string) =>
    (await world().db.select().from(queueEntry).where(eq(queueEntry.caseId, caseId)))[0];
  const phone = { sessionToken: null, userAgent: 'Phone' };

  async function open(patientId: string): Promise<string> {
    const input = { reason: '高血压复诊' };
    return world().clinic.cases.open(wang(), { kind: 'outpatient', patientId, urgency: 'routine', input });
  }
  async function phoneOf(caseId: string): Promise<PatientPrincipal> {
    const { token } = await world().clinic.outpatient.links.create(nurse(), caseId, 60 * 24);
    return (await world().identity.caseLinks.redeem(token, phone)).principal;
  }
  const triageAnswers = { danger: ['none'], complaint: 'review', pain: 0, since: 'longer' };
  const storyAnswers = { story: '复查血压', history: ['hypertension'], allergy: false, medicine: false };

  /** As far as the booking, by the patient's own phone, with a first visit that staff has checked. */
  async function booked(
    at = nextDayMs(),
    patientId = '',
  ): Promise<{ caseId: string; patient: PatientPrincipal; atMs: number }> {
    const caseId = await open(patientId || (await world().addPatient()));
    const patient = await phoneOf(caseId);
    await take(patient, caseId, 'answerTriage', { answers: triageAnswers });
    await take(patient, caseId, 'answerPreConsult', { answers: storyAnswers });
    if (!(await dataOf(caseId)).proof) {
      await take(patient, caseId, 'claimFirstVisit', { statement: '去年在本院住过院', attachmentIds: [] });
      await take(nurse(), caseId, 'acceptProof');
    }
    const slotId = await addSlot(world(), doctor(), at);
    await take(patient, caseId, 'book', { slotId });
    return { caseId, patient, atMs: at };
  }
  async function waiting(at?: number) {
    const visit = await booked(at);
    world().clock.nowMs = Math.max(world().clock.nowMs, visit.atMs - 5 * MINUTE_MS);
    await take(visit.patient, visit.caseId, 'checkIn');
    return visit;
  }
  async function inVisit() {
    const visit = await waiting();
    await take(nurse(), visit.caseId, 'checkIdentity', { how: 'document', guardian: null });
    await take(doctor(), visit.caseId, 'call');
    await take(doctor(), visit.caseId, 'begin');
    return visit;
  }
  const line = {
    ...{ medicine: '氨氯地平片', strength: '5 mg', dose: '1 片', route: 'oral', frequency: 'qd', days: 28 },
    quantity: '28 片',
  };
  /** So that the doctor is free for the next test. */
  async function over(caseId: string): Promise<void> {
    await take(doctor(), caseId, 'writeNote', { text: '血压平稳，继续原方案' });
    await take(doctor(), caseId, 'endVisit');
    await take(doctor(), caseId, 'sign', { feeFen: 0 });
    await take(doctor(), caseId, 'planFollowUp', { afterDays: null, instructions: null });
  }

  return {
    nextDayMs,
    nurse,
    wang,
    take,
    dataOf,
    entryOf,
    open,
    phoneOf,
    booked,
    waiting,
    inVisit,
    over,
    line,
    phone,
    triageAnswers,
    storyAnswers,
  };
}

import { createHash } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import type { ImageRef, Specialty } from '../../signaling/contract/index.ts';
import {
  boxOutbox,
  boxRecord,
  caseAttachment,
  caseDocument,
  clinicalCase,
  practitioner,
} from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { addBox, examInRoom, KIDNEY } from '../testing/exam-day.ts';

let world: ClinicWorld;
let [sender, anna, bo, chief, skin]: AccountPrincipal[] = [];
const OUTBOX = 'outboxOutboxOutboxOutb';

beforeAll(async () => {
  world = await startClinicWorld();
  sender = world.person('rural_doctor');
  [anna, bo, chief, skin] = await Promise.all([
    reader('anna', 'city', '主治医师', ['ultrasound']),
    reader('bo-li', 'elsewhere', '主治医师', ['radiology', 'urology']),
    reader('chief', 'city', '副主任医师', ['ultrasound']),
    reader('skin', 'city', '主任医师', ['dermatology']),
  ]);
  await addBox(world, 'box-county');
});
afterAll(() => world.stop());

async function reader(
  name: string,
  at: 'city' | 'elsewhere',
  title: string,
  specialties: Specialty[],
): Promise<AccountPrincipal> {
  const person = await world.addPerson(name, ['specialist'], at);
  await world.db
    .insert(practitioner)
    .values({ accountId: person.accountId, realName: name, licenceNumber: '110', title, specialties });
  return person;
}
const { modality, bodyPart, laterality, reason, question } = KIDNEY;
const study = { modality, bodyPart, laterality, reason, question, examCaseId: null };
const take = (who: AccountPrincipal, caseId: string, action: string, input: object = {}) =>
  world.clinic.cases.take(who, caseId, action, input);
const refused = (...step: Parameters<typeof take>) => outcome(take(...step));
const open = (more: object = {}, patientId = world.patientId) =>
  world.clinic.cases.open(sender!, {
    kind: 'reading',
    patientId,
    urgency: 'routine',
    input: { ...study, ...more },
  });
async function attach(caseId: string): Promise<ImageRef> {
  const attachmentId = `file-${caseId}`;
  await world.db.insert(caseAttachment).values({
    id: attachmentId,
    caseId,
    name: 'a.jpg',
    mediaType: 'image/jpeg',
    sizeBytes: 1,
    sha256: '0',
    addedBy: sender!.accountId,
  });
  return { kind: 'attachment', attachmentId };
}
async function sent(more: object = {}): Promise<string> {
  const caseId = await open(more);
  await take(sender!, caseId, 'submit', { images: [await attach(caseId)] });
  return caseId;
}
const read = { findings: '左肾下盏强回声', impression: '左肾结石', critical: false };

describe('a study', () => {
  it('is read by people of other houses, and its report is theirs', async () => {
    const caseId = await sent({ secondReader: true });
    await take(anna!, caseId, 'claim');
    await take(anna!, caseId, 'conclude', read);
    expect(await refused(anna!, caseId, 'claimSecond')).toBe('forbidden');
    await take(bo!, caseId, 'claimSecond');
    await take(bo!, caseId, 'disagree', { ...read, impression: '肾钙化灶', reason: '无声影' });
    expect(await refused(bo!, caseId, 'claimAdjudication')).toBe('forbidden');
    await take(chief!, caseId, 'claimAdjudication');
    const verdict = { ...read, impression: '左肾结石 6 mm', reason: '有尾影伪像' };
    const { state, made } = await take(chief!, caseId, 'adjudicate', verdict);
    expect(state).toBe('final');
    const [report] = await world.db.select().from(caseDocument).where(eq(caseDocument.caseId, caseId));
    expect(report).toMatchObject({
      ...{ id: (made as { documentId: string }).documentId, kind: 'report', state: 'final' },
      finalBy: chief!.accountId,
      sections: { impression: { text: '左肾结石 6 mm', by: chief!.accountId } },
    });
    await take(sender!, caseId, 'acknowledge');
    expect(await world.clinic.cases.get(sender!, caseId)).toMatchObject({
      state: 'closed',
      guestInstitutionId: 'city',
    });
  });

  it('is claimed once, however many want it at the same moment', async () => {
    const caseId = await sent();
    const both = [
      refused(anna!, caseId, 'claim'),
      refused(bo!, caseId, 'claim'),
      refused(chief!, caseId, 'claim'),
    ];
    expect((await Promise.all(both)).sort()).toEqual(['ok', 'out_of_order', 'out_of_order']);
    const { participants, data } = await world.clinic.cases.get(sender!, caseId);
    expect(participants).toMatchObject([
      { accountId: (data as { holderId: string }).holderId, function: 'reader' },
    ]);
  });

  it('is claimed by those whose subject it is, with a licence; between two readers a senior decides', async () => {
    const caseId = await sent();
    const plain = await world.addPerson('plain', ['specialist'], 'city');
    expect(await refused(plain, caseId, 'claim')).toBe('forbidden');
    expect(await refused(skin!, caseId, 'claim')).toBe('forbidden');
    await world.db
      .update(practitioner)
      .set({ licenceNumber: null })
      .where(eq(practitioner.accountId, anna!.accountId));
    expect(await refused(anna!, caseId, 'claim')).toBe('forbidden');
    await world.db
      .update(practitioner)
      .set({ licenceNumber: '110' })
      .where(eq(practitioner.accountId, anna!.accountId));
    const junior = await reader('junior', 'city', '主治医师', ['ultrasound']);
    await take(anna!, caseId, 'claim');
    await take(anna!, caseId, 'conclude', { ...read, askSecond: true });
    await take(bo!, caseId, 'claimSecond');
    await take(bo!, caseId, 'disagree', { ...read, reason: '无声影' });
    expect(await refused(junior, caseId, 'claimAdjudication')).toBe('forbidden');
    expect(await refused(chief!, caseId, 'claimAdjudication')).toBe('ok');
  });

  it('comes back to the list when its reader lets it lie, who is then out of it', async () => {
    const caseId = await sent();
    await take(anna!, caseId, 'claim');
    world.clock.nowMs += 59 * 60_000;
    await world.clinic.clock.tick();
    expect((await world.clinic.cases.get(sender!, caseId)).state).toBe('reading');
    world.clock.nowMs += 60_000;
    await world.clinic.clock.tick();
    expect(await world.clinic.cases.get(sender!, caseId)).toMatchObject({
      state: 'waiting',
      participants: [],
    });
    expect(await refused(anna!, caseId, 'conclude', read)).toBe('forbidden');
    await take(bo!, caseId, 'claim');
    await take(bo!, caseId, 'release');
    expect((await world.clinic.cases.get(sender!, caseId)).participants).toEqual([]);
  });

  it('takes only its own pictures', async () => {
    const [caseId, other] = [await open(), await open()];
    const theirs = await attach(other);
    const made: ImageRef = { kind: 'capture', boxId: 'box-county', outboxId: OUTBOX, number: 1 };
    for (const images of [[theirs], [await attach(caseId), theirs], [made]])
      expect(await refused(sender!, caseId, 'submit', { images })).toBe('not_found');
    await world.db
      .update(caseAttachment)
      .set({ removedAt: new Date() })
      .where(eq(caseAttachment.caseId, caseId));
    const gone = { kind: 'attachment', attachmentId: `file-${caseId}` };
    expect(await refused(sender!, caseId, 'submit', { images: [gone] })).toBe('not_found');
    expect((await world.clinic.cases.get(sender!, caseId)).state).toBe('preparing');
  });

  it('comes from an exam of the same patient, part and side, with what counted there', async () => {
    const { db, clinic } = world;
    const expert = world.person('specialist', 'city');
    const examCaseId = await examInRoom(world, { boxId: 'box-county', expert });
    const { roomId } = await clinic.cases.get(sender!, examCaseId);
    const sure = { name: '张桂华', laterality: 'left' };
    await take(world.person('sonographer'), examCaseId, 'confirmAtBedside', sure);
    await take(expert, examCaseId, 'confirmFarEnd', sure);
    await db.insert(boxOutbox).values({ boxId: 'box-county', outboxId: OUTBOX });
    const capture = async (number: number, takenAtMs: number): Promise<ImageRef> => {
      await db.insert(boxRecord).values({
        ...{ boxId: 'box-county', outboxId: OUTBOX, number, kind: 'capture', boxAtMs: takenAtMs },
        ...{ digest: createHash('sha256').digest(), clockRun: 'run-1', takenAt: new Date(takenAtMs) },
        ...{ roomId, roomClaim: 'confirmed', data: {} },
      });
      return { kind: 'capture', boxId: 'box-county', outboxId: OUTBOX, number };
    };
    const early = await capture(1, world.clock.nowMs - 1);
    const good = await capture(2, world.clock.nowMs + 1);

    const stranger = await world.addPatient();
    expect(await outcome(open({ examCaseId }, stranger))).toBe('conflict');
    expect(await outcome(open({ examCaseId, laterality: 'right' }))).toBe('conflict');
    expect(await outcome(open({ examCaseId, bodyPart: 'breast' }))).toBe('conflict');
    expect(await outcome(open({ examCaseId: 'nothing' }))).toBe('not_found');
    const caseId = await open({ examCaseId });
    expect(await refused(sender!, caseId, 'submit', { images: [early, good] })).toBe('conflict');
    expect(await refused(sender!, caseId, 'submit', { images: [{ ...good, number: 3 }] })).toBe('not_found');
    expect(await refused(sender!, caseId, 'submit', { images: [good] })).toBe('ok');
  });

  it('stands in one list over all houses, the most urgent first, for those whose subject it is', async () => {
    await world.db.update(clinicalCase).set({ closedAt: new Date() });
    const [first, second, third] = [await sent(), await sent(), await sent()];
    await sent({ modality: 'dermatology', bodyPart: 'face', laterality: 'none' });
    await take(sender!, third, 'makeStat', { reason: '患者在台上' });
    expect(await refused(sender!, third, 'makeStat', { reason: '再催' })).toBe('conflict');
    await take(bo!, second, 'claim');
    world.clock.nowMs += 7 * 60_000;
    const rows = await world.clinic.diagnosisCentre.worklist.list(anna!);
    expect(rows.map(({ caseId }) => caseId)).toEqual([third, ...[first, second].sort()]);
    expect(rows[0]).toMatchObject({
      urgency: 'emergency',
      ageMinutes: 7,
      owedAtMs: world.clock.nowMs + 23 * 60_000,
      patient: { maskedName: '张*华' },
      holderName: null,
    });
    expect(rows.find(({ caseId }) => caseId === second)?.holderName).toBe(bo!.name);
    expect(JSON.stringify(rows)).not.toContain('张桂华');
    expect(await world.clinic.diagnosisCentre.worklist.list(skin!)).toHaveLength(1);
    for (const person of [sender!, world.person('specialist', 'city')])
      expect(await outcome(world.clinic.diagnosisCentre.worklist.list(person))).toBe('forbidden');
    const back = await world.db
      .select()
      .from(clinicalCase)
      .where(and(eq(clinicalCase.id, third), eq(clinicalCase.state, 'waiting')));
    expect(back).toHaveLength(1);
  });
});

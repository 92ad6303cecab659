import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountPrincipal } from '../../identity/index.ts';
import { caseAttachment, caseAttachmentPart } from '../../storage/index.ts';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { consultAt } from '../testing/consult-walk.ts';
import type { NewAttachment } from './attachments.ts';

let world: ClinicWorld;
let doctor: AccountPrincipal;
let caseId: string;

beforeAll(async () => {
  world = await startClinicWorld();
  doctor = world.person('rural_doctor');
  caseId = await consultAt(world, 'matched');
});
afterAll(() => world.stop());

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const HEADS = {
  'application/pdf': Buffer.from('%PDF-1.7\n1 0 obj\n'),
  'image/jpeg': Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  'image/png': PNG,
  'image/webp': Buffer.concat([Buffer.from('RIFF\x24\0\0\0WEBPVP8 ', 'latin1'), Buffer.alloc(32)]),
  'application/dicom': Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(64)]),
  'video/mp4': Buffer.concat([
    Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1'),
    Buffer.alloc(32),
  ]),
  'text/plain': Buffer.from('血红蛋白 130 g/L\r\n白细胞\t12.3\n'),
} as const;

async function* chunks(bytes: Uint8Array, size = 10_000) {
  for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
}
const add = (bytes: Uint8Array, more: Partial<NewAttachment> = {}, who = doctor, to = caseId) =>
  world.clinic.attachments.add(
    who,
    to,
    { name: 'file', mediaType: '', sizeBytes: bytes.length, ...more },
    chunks(bytes),
  );
const read = async (attachmentId: string, who = doctor) => {
  const opened = await world.clinic.attachments.read(who, caseId, attachmentId);
  const parts: Buffer[] = [];
  for await (const part of opened.body) parts.push(part);
  return { ...opened, parts };
};
const rowsOf = (id: string) =>
  world.db.select({ id: caseAttachment.id }).from(caseAttachment).where(eq(caseAttachment.caseId, id));

describe('a file of a case', () => {
  it('is known by its first bytes, whatever it is called', async () => {
    const fresh = await consultAt(world, 'requested');
    for (const [mediaType, bytes] of Object.entries(HEADS)) {
      expect(await add(bytes, { mediaType }, doctor, fresh)).toMatchObject({ mediaType });
      expect(await add(bytes, {}, doctor, fresh)).toMatchObject({ mediaType });
    }
    expect(await add(HEADS['video/mp4'], { mediaType: 'video/x-m4v' }, doctor, fresh)).toBeTruthy();
  });

  it('comes back byte for byte, in parts, with its digest', async () => {
    const bytes = Buffer.concat([HEADS['application/pdf'], randomBytes(700_000)]);
    const added = await add(bytes, { name: '化验单 3月.PDF', mediaType: 'application/pdf' });
    expect(added).toMatchObject({
      name: '化验单 3月.pdf',
      sizeBytes: bytes.length,
      addedBy: doctor.principalId,
    });
    const specialist = world.person('specialist', 'city');
    expect(await world.clinic.attachments.list(specialist, caseId)).toEqual([{ ...added, mayRemove: false }]);
    const { parts, sha256 } = await read(added.attachmentId, specialist);
    expect(parts.map(({ length }) => length)).toEqual([262_144, 262_144, bytes.length - 524_288]);
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is refused, and nothing kept, when it is another type, too long, too short or breaks off', async () => {
    const before = await rowsOf(caseId);
    const exe = Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'), randomBytes(300)]);
    const zip = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), randomBytes(300)]);
    for (const [bytes, mediaType] of [
      [PNG, 'image/jpeg'],
      [HEADS['text/plain'], 'application/pdf'],
      [HEADS['application/pdf'], 'text/plain'],
      [exe, ''],
      [exe, 'text/plain'],
      [zip, 'application/pdf'],
      [PNG, 'text/html'],
      [PNG, '__proto__'],
      [Buffer.from([0xff, 0xfe, 0x41, 0x00]), ''],
      [Buffer.from('a\u0000b'), 'text/plain'],
    ] as const)
      expect([mediaType, await outcome(add(bytes, { mediaType }))]).toEqual([mediaType, 'unsupported_media']);
    expect(await outcome(add(PNG, { sizeBytes: PNG.length + 1 }))).toBe('invalid_message');
    expect(await outcome(add(PNG, { sizeBytes: PNG.length - 1 }))).toBe('message_too_large');
    expect(await outcome(add(PNG, { sizeBytes: 0 }))).toBe('invalid_message');
    async function* broken() {
      yield* chunks(Buffer.concat([PNG, randomBytes(300_000)]));
      throw new Error('the line broke');
    }
    const { attachments } = world.clinic;
    const given = { name: 'x', mediaType: 'image/png', sizeBytes: 9_000_000 };
    await expect(attachments.add(doctor, caseId, given, broken())).rejects.toThrow('the line broke');
    expect(await rowsOf(caseId)).toEqual(before);
    const parts = await world.db
      .selectDistinct({ id: caseAttachmentPart.attachmentId })
      .from(caseAttachmentPart);
    const known = await world.db.select({ id: caseAttachment.id }).from(caseAttachment);
    expect(parts.length).toBe(known.length);
  });

  it('of two gigabytes is refused before a byte is read, and while it comes when it lied', async () => {
    let pulled = 0;
    async function* endless() {
      for (;;) {
        pulled += 65_536;
        yield Promise.resolve(Buffer.concat([PNG, Buffer.alloc(65_536 - PNG.length)]));
      }
    }
    const { attachments } = world.clinic;
    const given = { name: 'x.png', mediaType: 'image/png', sizeBytes: 2 * 1024 ** 3 };
    expect(await outcome(attachments.add(doctor, caseId, given, endless()))).toBe('message_too_large');
    expect(pulled).toBe(0);
    const lied = { ...given, sizeBytes: 1_000_000 };
    expect(await outcome(attachments.add(doctor, caseId, lied, endless()))).toBe('message_too_large');
    expect(pulled).toBeLessThan(2_000_000);
  });

  it('is nobody else’s, and who only looks on adds none', async () => {
    const { attachments } = world.clinic;
    const added = await add(PNG);
    const stranger = world.person('specialist');
    expect(await outcome(read(added.attachmentId, stranger))).toBe('not_found');
    expect(await outcome(add(PNG, {}, stranger))).toBe('not_found');
    expect(await outcome(attachments.list(stranger, caseId))).toBe('not_found');
    expect(await outcome(add(PNG, {}, world.person('dispatcher')))).toBe('forbidden');
    expect(await outcome(attachments.remove(world.person('dispatcher'), caseId, added.attachmentId))).toBe(
      'forbidden',
    );
    const other = await consultAt(world, 'requested');
    expect(await outcome(attachments.read(doctor, other, added.attachmentId))).toBe('not_found');
  });

  it('is taken out by whoever added it or asked for the case, not by whoever else takes part', async () => {
    const { attachments } = world.clinic;
    const specialist = world.person('specialist', 'city');
    const removable = async (by: typeof doctor) =>
      (await attachments.list(by, caseId))
        .filter(({ mayRemove }) => mayRemove)
        .map((each) => each.attachmentId);
    const asked = await add(PNG);
    const answered = await add(PNG, {}, specialist);
    expect(await attachments.mayAdd(specialist, caseId)).toBe(true);
    expect(await attachments.mayAdd(world.person('dispatcher'), caseId)).toBe(false);
    expect(await removable(specialist)).toEqual([answered.attachmentId]);
    expect(await removable(doctor)).toEqual(
      expect.arrayContaining([asked.attachmentId, answered.attachmentId]),
    );
    expect(await outcome(attachments.remove(specialist, caseId, asked.attachmentId))).toBe('forbidden');
    expect((await attachments.list(doctor, caseId)).map((each) => each.attachmentId)).toContain(
      asked.attachmentId,
    );
    for (const { attachmentId } of [answered, asked])
      expect(await outcome(attachments.remove(doctor, caseId, attachmentId))).toBe('ok');
  });

  it('stays once an opinion rests on it', async () => {
    const { attachments } = world.clinic;
    const concluded = await consultAt(world, 'in_session');
    const { attachmentId } = await add(PNG, {}, doctor, concluded);
    const specialist = world.person('specialist', 'city');
    const { documents, cases } = world.clinic;
    const { documentId } = await documents.draft(specialist, concluded, 'opinion');
    for (const section of ['findings', 'impression', 'advice'])
      await documents.write(specialist, concluded, documentId, { section, text: '见图', basedOn: 0 });
    expect(await attachments.list(doctor, concluded)).toMatchObject([{ mayRemove: true }]);
    await cases.take(specialist, concluded, 'conclude', {});
    expect(await attachments.list(doctor, concluded)).toMatchObject([{ attachmentId, mayRemove: false }]);
    expect(await outcome(attachments.remove(doctor, concluded, attachmentId))).toBe('out_of_order');
  });

  it('is in the history of its case, when it came and when it went, without its name', async () => {
    const fresh = await consultAt(world, 'requested');
    const { attachments, cases } = world.clinic;
    const before = await cases.get(doctor, fresh);
    const { attachmentId } = await add(PNG, { name: '张三 胸片.png' }, doctor, fresh);
    await outcome(add(PNG, { mediaType: 'image/jpeg' }, doctor, fresh));
    // Twice at once: it went once.
    const removals = [1, 2].map(() => outcome(attachments.remove(doctor, fresh, attachmentId)));
    expect((await Promise.all(removals)).sort()).toEqual(['not_found', 'ok']);

    const told = (await cases.history(doctor, fresh)).filter(({ seq }) => seq > before.version);
    const data = { attachmentId, mediaType: 'image/png', sizeBytes: PNG.length };
    const by = { actorId: doctor.principalId, actorName: doctor.name, state: 'requested' };
    expect(told).toMatchObject([
      { type: 'attachment.added', data, ...by },
      { type: 'attachment.removed', data, ...by },
    ]);
    expect(JSON.stringify(told)).not.toContain('张三');
    const after = await cases.get(doctor, fresh);
    expect([after.state, after.version]).toEqual(['requested', told.at(-1)?.seq]);
    const stale = cases.take(doctor, fresh, 'cancel', { reason: '转院' }, { version: before.version });
    expect(await outcome(stale)).toBe('conflict');
  });

  it('goes out of sight when it is removed, stays on record, and is not added to what is over', async () => {
    const { attachments } = world.clinic;
    const added = await add(PNG);
    await attachments.remove(doctor, caseId, added.attachmentId);
    expect(await outcome(read(added.attachmentId))).toBe('not_found');
    expect(await outcome(attachments.remove(doctor, caseId, added.attachmentId))).toBe('not_found');
    const listed = await attachments.list(doctor, caseId);
    expect(listed.map(({ attachmentId }) => attachmentId)).not.toContain(added.attachmentId);
    const [kept] = await world.db
      .select()
      .from(caseAttachment)
      .where(eq(caseAttachment.id, added.attachmentId));
    expect(kept).toMatchObject({ removedBy: doctor.principalId });
    await world.clinic.cases.take(doctor, caseId, 'cancel', { reason: '转院' });
    expect(await outcome(add(PNG))).toBe('out_of_order');
    caseId = await consultAt(world, 'requested');
  });

  it('is the twentieth once, however many come at the same moment, and what broke off long ago takes no place', async () => {
    for (let n = 0; n < 18; n++) await add(PNG);
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcome(add(PNG))));
    expect(outcomes.filter((each) => each === 'ok')).toHaveLength(2);
    expect(outcomes.filter((each) => each === 'conflict')).toHaveLength(3);
    expect(await world.clinic.attachments.list(doctor, caseId)).toHaveLength(20);

    const fresh = await consultAt(world, 'requested');
    const at = new Date(world.clock.nowMs);
    await world.db.insert(caseAttachment).values(
      Array.from({ length: 20 }, (_, n) => ({
        ...{ id: `broken-${n}`, caseId: fresh, name: '', mediaType: '', sizeBytes: 1, sha256: '' },
        ...{ addedBy: doctor.principalId, addedAt: at, removedBy: 'upload', removedAt: at },
      })),
    );
    expect(await outcome(add(PNG, {}, doctor, fresh))).toBe('conflict');
    world.clock.nowMs += 3_700_000;
    expect(await outcome(add(PNG, {}, doctor, fresh))).toBe('ok');
    expect(await rowsOf(fresh)).toHaveLength(1);
  });
});

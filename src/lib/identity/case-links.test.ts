import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { caseLink, clinicalCase, patient } from '../storage/index.ts';
import { SESSION_COOKIE } from './index.ts';
import { HOSPITAL, PASSWORD, refusal, startTestIdentity, type TestIdentity } from './testing.ts';

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startTestIdentity();
  await addPatient('zhang', '张桂华');
  await addPatient('liu', '刘洋');
});
afterAll(() => identity.stop());

async function addPatient(id: string, name: string): Promise<void> {
  const { db, wang } = identity;
  await db.insert(patient).values({
    id,
    institutionId: HOSPITAL,
    name,
    pinyin: id,
    pinyinInitials: id[0]!,
    sex: 'female',
    idKind: 'none',
    createdBy: wang.accountId,
  });
}

let cases = 0;
async function newCase(patientId = 'zhang'): Promise<string> {
  const id = `case-${cases++}`;
  await identity.db.insert(clinicalCase).values({
    id,
    kind: 'outpatient',
    state: 'triage',
    urgency: 'routine',
    patientId,
    institutionId: HOSPITAL,
    data: {},
    version: 1,
  });
  return id;
}

const phone = { sessionToken: null, userAgent: 'Phone' };
const link = (caseId: string) =>
  identity.caseLinks.create({ caseId, validMinutes: 30, createdBy: identity.wang.accountId });
const who = (token: string) => identity.principalOfCookie(`${SESSION_COOKIE}=${token}`);

it('lets the phone that comes first into one case, and no other', async () => {
  const caseId = await newCase();
  const { token } = await link(caseId);
  expect(await identity.caseLinks.look(token)).toMatchObject({ status: 'open', name: '张*华' });
  const session = await identity.caseLinks.redeem(token, phone);
  expect(await who(session.token)).toEqual({
    kind: 'patient',
    principalId: 'p_zhang',
    patientId: 'zhang',
    caseId,
    name: '张*华',
    expiresAtMs: identity.clock.nowMs + 4 * 60 * 60_000,
  });
  expect(JSON.stringify(await identity.db.select().from(caseLink))).not.toContain(token);
  expect(await identity.caseLinks.look(token)).toMatchObject({ status: 'used' });
  expect(await identity.caseLinks.redeem(token, { ...phone, sessionToken: session.token })).toEqual(session);
  expect(await refusal(identity.caseLinks.redeem(token, phone))).toBe('expired');
  const stranger = await identity.caseLinks.redeem((await link(await newCase('liu'))).token, phone);
  expect(await refusal(identity.caseLinks.redeem(token, { ...phone, sessionToken: stranger.token }))).toBe(
    'expired',
  );
});

it('is won by exactly one of two phones at once', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { token } = await link(await newCase());
    const both = [1, 2].map(() => refusal(identity.caseLinks.redeem(token, phone)));
    expect((await Promise.all(both)).sort()).toEqual(['expired', 'not refused']);
  }
});

it('lets one phone go to and fro between two cases of its patient', async () => {
  const [first, second] = [await newCase(), await newCase()];
  const [a, b] = [await link(first), await link(second)];
  const inFirst = await identity.caseLinks.redeem(a.token, phone);
  const inSecond = await identity.caseLinks.redeem(b.token, { ...phone, sessionToken: inFirst.token });
  expect(await who(inFirst.token)).toBeNull();
  const again = await identity.caseLinks.redeem(a.token, { ...phone, sessionToken: inSecond.token });
  expect(await who(again.token)).toMatchObject({ caseId: first });
});

it('is replaced by the next: the old phone is out at once', async () => {
  const caseId = await newCase();
  const lost = await link(caseId);
  const old = await identity.caseLinks.redeem(lost.token, phone);
  identity.revoked.length = 0;
  const next = await link(caseId);
  expect(identity.revoked).toEqual(['p_zhang']);
  expect(await who(old.token)).toBeNull();
  expect(await identity.caseLinks.look(lost.token)).toBeNull();
  expect(await refusal(identity.caseLinks.redeem(lost.token, { ...phone, sessionToken: old.token }))).toBe(
    'expired',
  );
  const fresh = await identity.caseLinks.redeem(next.token, phone);
  expect(await who(fresh.token)).toMatchObject({ caseId });
  await identity.caseLinks.revoke(caseId);
  expect(await who(fresh.token)).toBeNull();
});

it('opens nothing once the case turns out to be another patient’s, and stays for a merged record', async () => {
  const caseId = await newCase();
  const { token } = await link(caseId);
  const session = await identity.caseLinks.redeem(token, phone);
  const setPatient = (patientId: string) =>
    identity.db.update(clinicalCase).set({ patientId }).where(eq(clinicalCase.id, caseId));
  await setPatient('liu');
  expect(await who(session.token)).toBeNull();
  expect(await identity.caseLinks.look(token)).toBeNull();
  await addPatient('zhang-again', '张桂华');
  await setPatient('zhang-again');
  await identity.db.update(patient).set({ mergedInto: 'zhang-again' }).where(eq(patient.id, 'zhang'));
  expect(await who(session.token)).toMatchObject({ caseId });
  await identity.db.update(patient).set({ mergedInto: null }).where(eq(patient.id, 'zhang'));
});

it('is refused past its time, for no case, or when it never was; logging out ends the phone’s session', async () => {
  const { token } = await link(await newCase());
  const session = await identity.caseLinks.redeem((await link(await newCase())).token, phone);
  identity.clock.nowMs += 30 * 60_000;
  expect(await identity.caseLinks.look(token)).toMatchObject({ status: 'expired' });
  expect(await refusal(identity.caseLinks.redeem(token, phone))).toBe('expired');
  expect(await refusal(identity.caseLinks.redeem('A'.repeat(43), phone))).toBe('expired');
  expect(await refusal(link('nothing'))).toBe('not_found');
  identity.revoked.length = 0;
  expect(await who(session.token)).not.toBeNull();
  await identity.sessions.logout(session.token);
  expect(await who(session.token)).toBeNull();
  expect(identity.revoked).toEqual(['p_zhang']);
});

it('neither logs a doctor out nor is used up when the doctor tries the link', async () => {
  const { token } = await link(await newCase());
  const doctor = await identity.sessions.login(
    { username: 'wang', password: PASSWORD },
    { address: '10.0.0.1', ...phone },
  );
  expect(await refusal(identity.caseLinks.redeem(token, { ...phone, sessionToken: doctor.token }))).toBe(
    'conflict',
  );
  expect(await refusal(identity.caseLinks.redeem(token, phone))).toBe('not refused');
});

import { and, eq } from 'drizzle-orm';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { emptyConsult } from '../src/lib/clinic/model/consult/consult-data.ts';
import { newOutpatient } from '../src/lib/clinic/model/outpatient/outpatient-data.ts';
import { REQUEST } from '../src/lib/clinic/testing/consult-walk.ts';
import {
  account,
  caseParticipant,
  clinicalCase,
  patient,
  room,
  roomParticipant,
} from '../src/lib/storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../src/lib/storage/testing/test-database.ts';
import { expectAccessible, expectNoSidewaysScroll } from './support/accessible.ts';
import { enterRoom, launchBrowser, logIn, openPage, openPerson, type Person } from './support/browser.ts';
import { HubProcess } from './support/hub-process.ts';

const PATIENCE = { timeout: 20_000 };
let database: TestDatabase;
let hub: HubProcess;
let browser: Browser;
/** On a phone, in Chinese. */
let doctor: Person;

beforeAll(async () => {
  database = await startTestDatabase();
  hub = await HubProcess.start({ DATABASE_URL: database.url, DEMO_BOX: '0' });
  browser = await launchBrowser();
  doctor = await openPerson(browser, { viewport: { width: 390, height: 844 }, hasTouch: true });
  await logIn(doctor.page, hub.url, 'wang', await hub.demoPassword());
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
  await database?.stop();
});

/** A case of the demo's doctor that is in its room already, as its steps would have left it. */
async function inRoom(
  kind: 'consult' | 'outpatient',
  { state, data, as }: { state: string; data: object; as: 'local_doctor' | 'clinic_doctor' },
): Promise<{ caseId: string; roomId: string }> {
  const { db } = database;
  const [wang] = await db.select().from(account).where(eq(account.username, 'wang'));
  const { id: accountId, institutionId } = wang!;
  const [who] = await db.select().from(patient).where(eq(patient.institutionId, institutionId)).limit(1);
  const [caseId, roomId] = [`case-${kind}`, `r_${kind}`];
  const strip = {
    maskedName: '张*华',
    sex: 'female',
    ageYears: 65,
    maskedId: '',
    laterality: 'unset',
  } as const;
  await db
    .insert(room)
    .values({ id: roomId, kind, title: kind, patient: strip, institutionId, createdBy: accountId });
  await db.insert(roomParticipant).values({ roomId, accountId, role: 'rural_doctor' });
  await db.insert(clinicalCase).values({
    ...{ id: caseId, kind, state, urgency: 'routine' as const, patientId: who!.id, institutionId, roomId },
    ...{ requestedBy: accountId, data, version: 1 },
  });
  await db.insert(caseParticipant).values({ caseId, accountId, function: as });
  return { caseId, roomId };
}

const shot = async (name: string) => {
  if (process.env['SHOTS']) await doctor.page.screenshot({ path: `${process.env['SHOTS']}/${name}.png` });
};

it('one button in a visit’s room puts an emergency consult before the dispatchers; nobody leaves the room', async () => {
  const { page } = doctor;
  const { caseId, roomId } = await inRoom('outpatient', {
    state: 'in_visit',
    data: newOutpatient('头晕三天'),
    as: 'clinic_doctor',
  });
  await enterRoom(page, hub.url, roomId);
  await shot('room-emergency-button-phone');
  await page.getByTestId('emergency').click(PATIENCE);
  await page.getByRole('dialog').getByText('现场先处置').waitFor(PATIENCE);
  await expectAccessible(page);
  await shot('room-emergency-phone');
  await page.getByTestId('emergency-call').click();
  await page.getByText('已通知调度员').waitFor(PATIENCE);
  await page.getByTestId('emergency').waitFor({ state: 'detached', ...PATIENCE });
  expect(await page.getByTestId('room-stage').count()).toBe(1);
  await expectNoSidewaysScroll(page);

  const [visit] = await database.db.select().from(clinicalCase).where(eq(clinicalCase.id, caseId));
  expect(visit!.state).toBe('became_consult');
  const [asked] = await database.db
    .select()
    .from(clinicalCase)
    .where(and(eq(clinicalCase.kind, 'consult'), eq(clinicalCase.urgency, 'emergency')));
  expect(asked).toMatchObject({ state: 'requested', data: { linkedCaseId: caseId } });
});

it('a case that stops over the wrong patient stops its room in everybody’s eyes, until it goes on', async () => {
  const { page } = doctor;
  const { caseId, roomId } = await inRoom('consult', {
    state: 'in_session',
    data: { ...emptyConsult, request: REQUEST },
    as: 'local_doctor',
  });
  await enterRoom(page, hub.url, roomId);
  expect(await page.getByTestId('emergency').count()).toBe(0);
  const other = await doctor.context.newPage();
  await openPage(other, `${hub.url}/cases/${caseId}`);
  await other.getByTestId('step-wrongPatient').click(PATIENCE);
  await other.locator('[name="reason"]').last().fill('姓名不符');
  await other.getByTestId('step-send').click(PATIENCE);
  await page.getByTestId('room-frozen').waitFor(PATIENCE);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await shot('room-frozen-phone');

  await other.locator('[data-testid="case"][data-state="frozen"]').waitFor(PATIENCE);
  await other.getByTestId('step-stop').click(PATIENCE);
  await other.locator('[name="reason"]').last().fill('无法核实身份');
  await other.getByTestId('step-send').click(PATIENCE);
  // The room has ended for the phone too, without anybody in it having ended it.
  await vi.waitFor(async () => expect(await page.getByTestId('room-stage').count()).toBe(0), PATIENCE);
  await page.locator('[data-phase="ended"]').waitFor(PATIENCE);
  expect(doctor.errors).toEqual([]);
});

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eq } from 'drizzle-orm';
import type { Browser, Locator, Page } from 'playwright-core';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newOutpatient } from '../../src/lib/clinic/model/outpatient/outpatient-data.ts';
import { accountPrincipalId } from '../../src/lib/identity/index.ts';
import {
  account,
  clinicalCase,
  contactPreference,
  patient,
  reminder,
  webhook,
} from '../../src/lib/storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../../src/lib/storage/testing/test-database.ts';
import { expectAccessible, expectNoSidewaysScroll } from '../support/accessible.ts';
import { alive, launchBrowser, logIn, openPage, openPerson, type Person } from '../support/browser.ts';
import { HubProcess } from '../support/hub-process.ts';

const PATIENCE = { timeout: 15_000 };
const VISIT = 'desk-visit';
const STUDY = 'desk-study';

let database: TestDatabase;
let mail: SMTPServer;
const letters: { to: string[]; content: string }[] = [];
let hub: HubProcess;
let browser: Browser;
/** Reads English, on a phone. */
let doctor: Person;
let admin: Person;
let doctorId: string;

beforeAll(async () => {
  database = await startTestDatabase();
  mail = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, { envelope }, taken) => {
      void text(stream).then((content) => {
        letters.push({ to: envelope.rcptTo.map(({ address }) => address), content });
        taken();
      });
    },
  });
  mail.listen(0, '127.0.0.1');
  await once(mail.server, 'listening');
  hub = await HubProcess.start({
    DATABASE_URL: database.url,
    DEMO_BOX: '0',
    SMTP_URL: `smtp://127.0.0.1:${(mail.server.address() as AddressInfo).port}`,
    MAIL_FROM: 'hub@clinic.example',
  });
  browser = await launchBrowser();
  const password = await hub.demoPassword();
  const phone = { locale: 'en-US', colorScheme: 'dark', viewport: { width: 390, height: 844 } } as const;
  [doctor, admin] = await Promise.all([openPerson(browser, phone), openPerson(browser)]);
  await Promise.all([
    logIn(doctor.page, hub.url, 'wang', password),
    logIn(admin.page, hub.url, 'admin', password),
  ]);
  await addCases();
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
  await new Promise<void>((closed) => mail.close(() => closed()));
  await database?.stop();
});

/** A visit whose patient is asked before it, and a study that somebody reads. */
async function addCases(): Promise<void> {
  const { db } = database;
  const [wang] = await db.select().from(account).where(eq(account.username, 'wang'));
  const { id, institutionId } = wang!;
  doctorId = id;
  const [someone] = await db.select().from(patient).where(eq(patient.institutionId, institutionId));
  const of = {
    urgency: 'routine',
    patientId: someone!.id,
    institutionId,
    requestedBy: id,
    version: 1,
  } as const;
  await db.insert(clinicalCase).values([
    { ...of, id: VISIT, kind: 'outpatient', state: 'pre_consult', data: newOutpatient('高血压复诊') },
    { ...of, id: STUDY, kind: 'reading', state: 'reading', data: {} },
  ]);
}

let told = 0;
/** As the hub plans it: due, for the doctor, about the visit. */
async function remind(kind: string): Promise<void> {
  const id = `desk-${++told}`;
  await database.db.insert(reminder).values({
    ...{ id, dedupeKey: id, caseId: VISIT, recipient: accountPrincipalId(doctorId), channel: 'in_app', kind },
    data: {
      ...{ service: 'outpatient', atMs: Date.now() + 86_400_000, subjectId: 'desk', surname: '李' },
      ...{ endsAtMs: null, sequence: 0 },
    },
    dueAt: new Date(Date.now() - 1000),
  });
}

const open = (page: Page, path: string) => openPage(page, hub.url + path);
const press = (within: Page | Locator, testId: string) => within.getByTestId(testId).first().click(PATIENCE);
const field = (page: Page, name: string) => page.locator(`[name="${name}"]`).first();
const unread = (page: Page, count: number) =>
  page.locator(`[data-testid="bell"][data-unread="${count}"]`).waitFor(PATIENCE);

it('what is new stands under the bell by itself, and opens its case', async () => {
  const { page } = doctor;
  await unread(page, 0);
  await press(page, 'bell');
  const panel = page.getByTestId('bell-panel');
  await panel.getByText('No notifications yet').waitFor(PATIENCE);
  await page.keyboard.press('Escape');
  await remind('booking.made');
  await unread(page, 1);
  await press(page, 'bell');
  const row = panel.getByTestId('notification');
  await row.getByText('Appointment booked').waitFor(PATIENCE);
  await row.getByText('Remote outpatient visit · Dr 李').waitFor(PATIENCE);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await row.getByRole('link').click();
  await page.waitForURL(`**/cases/${VISIT}`, PATIENCE);
  await page.locator('[data-testid="case"][data-state="pre_consult"]').waitFor(PATIENCE);
  await unread(page, 0);

  await remind('booking.moved');
  await remind('booking.cancelled');
  await unread(page, 2);
  await press(page, 'bell');
  await press(panel, 'bell-read');
  await unread(page, 1);
  await press(panel, 'bell-read-all');
  await unread(page, 0);
  expect(await panel.getByTestId('notification').count()).toBe(3);
  // Nobody sees another's.
  await open(admin.page, '/');
  await unread(admin.page, 0);
});

it('says where one wants to be told, refuses rubbish, and tries it out', async () => {
  const { page } = doctor;
  await page.getByTestId('bell-panel').getByRole('link', { name: 'How you are reminded' }).click();
  await page.waitForURL('**/me/contact', PATIENCE);
  await field(page, 'emailOn').check();
  await press(page, 'save-contact');
  await page.getByText('Fill in an address').waitFor(PATIENCE);
  await field(page, 'email').fill('wang@nowhere');
  await press(page, 'save-contact');
  await page.getByText('not a whole address').waitFor(PATIENCE);
  await expectAccessible(page);
  // Not by the page alone.
  await doctor.context.request.post(`${hub.url}/me/contact?/save`, {
    form: { email: 'wang@nowhere', emailOn: 'on' },
    headers: { origin: hub.url },
  });
  expect(await database.db.select().from(contactPreference)).toEqual([]);
  await field(page, 'email').fill('wang@hospital.example');
  await press(page, 'save-contact');
  await press(page, 'test-letter');
  await expect.poll(() => letters.map(({ to }) => to), PATIENCE).toEqual([['wang@hospital.example']]);
  await page.getByText('A test message is on its way').waitFor(PATIENCE);
  expect(await database.db.select().from(contactPreference)).toMatchObject([
    { accountId: doctorId, email: 'wang@hospital.example', emailOn: true },
  ]);
});

it('another system is told: its address is public, its secret seen once, and turning it off can be undone', async () => {
  const { page } = admin;
  await page.getByRole('navigation').getByRole('link', { name: '管理', exact: true }).click();
  await page.waitForURL('**/admin', PATIENCE);
  await page.getByRole('link', { name: '通知其他系统' }).click();
  await page.waitForURL('**/admin/webhooks', PATIENCE);
  await press(page, 'add-webhook');
  await field(page, 'url').fill('http://10.0.0.1/hook');
  await press(page, 'once-make');
  await page.getByText('这个地址不能用').waitFor(PATIENCE);
  await field(page, 'url').fill('https://his.example.org/hook');
  await press(page, 'once-make');
  const secret = await page.getByTestId('webhook-secret').textContent(PATIENCE);
  expect(secret).toMatch(/^whsec_/);
  await expectAccessible(page);
  await press(page, 'once-done');
  await page.getByTestId('webhook-secret').waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(secret);
  const row = page.getByTestId('webhook');
  await row.getByText('使用中').waitFor(PATIENCE);
  await row.getByRole('button', { name: /^停用/ }).click();
  await row.getByText('已停用').waitFor(PATIENCE);
  await page.getByRole('button', { name: '撤销' }).click();
  await row.getByText('使用中').waitFor(PATIENCE);

  const [kept] = await database.db.select().from(webhook);
  await database.db.insert(reminder).values({
    ...{ id: 'desk-hook', dedupeKey: 'desk-hook', recipient: `i_${kept!.id}`, channel: 'webhook' },
    ...{ kind: 'booking.made', data: {}, dueAt: new Date(), state: 'failed', attempts: 6 },
    lastError: 'webhook: 500',
  });
  await page.reload();
  await page.locator('[data-testid="webhook-last"][data-state="failed"]').waitFor(PATIENCE);
  await row.getByText('对方回答 500').waitFor(PATIENCE);
});

/** Adds to a list of the form; answers where in the questionnaire it stands. */
async function add(page: Page, list: string): Promise<string> {
  const items = page.getByTestId(`form-${list}`).getByTestId('form-item');
  const before = await items.count();
  await press(page, `add-${list}`);
  await expect.poll(() => items.count()).toBe(before + 1);
  return `${list}.${before}`;
}
/** The first condition of an item of the form. */
async function when(page: Page, path: string, subject: string): Promise<void> {
  await press(page.getByTestId(`condition-${path}`), 'add-condition');
  await field(page, `${path}.0.0.subject`).selectOption({ label: subject });
}

it('a questionnaire is edited by keyboard, tried as a patient sees it, and published', async () => {
  const { page } = admin;
  await open(page, '/admin/questionnaires');
  await press(page, 'edit-pre-consult');
  await page.waitForURL(/questionnaires\/[\w-]{4,}$/, PATIENCE);
  const questions = page.getByTestId('form-questions').getByTestId('form-item');
  await questions.first().waitFor(PATIENCE);
  await questions.first().getByRole('button', { expanded: false }).click();
  await expectAccessible(page);
  for (let left = await questions.count(); left > 0; left--) {
    await questions.first().getByRole('button', { name: /^删除/ }).press('Enter');
    await expect.poll(() => questions.count()).toBe(left - 1);
  }
  await press(page, 'save-form');
  await page.getByText('至少要有一个问题').waitFor(PATIENCE);

  const travelled = await add(page, 'questions');
  await field(page, `${travelled}.text.zh`).fill('最近出过远门吗？');
  const fever = await add(page, 'questions');
  await field(page, `${fever}.kind`).selectOption('number');
  await press(page, 'save-form');
  await expect.poll(() => field(page, `${fever}.text.zh`).getAttribute('aria-invalid')).toBe('true');
  await field(page, `${fever}.text.zh`).fill('体温多少度？');
  await field(page, `${fever}.unit.zh`).fill('℃');
  await field(page, `${fever}.max`).fill('43');
  await when(page, `${fever}.showIf`, '1. 最近出过远门吗？');
  // Above what it depends on it makes no sense, and nothing is published.
  await questions.nth(1).getByRole('button', { name: /^上移/ }).press('Enter');
  const nonsense = page.getByText('条件看的问题排在后面');
  await nonsense.waitFor(PATIENCE);
  await press(page, 'publish-form');
  await page.getByText('有 1 处说不通').waitFor(PATIENCE);
  expect(await page.getByRole('dialog').count()).toBe(0);
  await questions.nth(0).getByRole('button', { name: /^下移/ }).press('Enter');
  await nonsense.waitFor({ state: 'detached', ...PATIENCE });
  // The hand is where it was: on the other button, since there is no further way down.
  await page.keyboard.press('Enter');
  await nonsense.waitFor(PATIENCE);
  await page.keyboard.press('Enter');
  await nonsense.waitFor({ state: 'detached', ...PATIENCE });

  const flag = await add(page, 'redFlags');
  await field(page, `${flag}.message.zh`).fill('<b>旅行后高热</b>');
  await field(page, `${flag}.severity`).selectOption('urgent');
  await when(page, `${flag}.when`, '2. 体温多少度？');
  await field(page, `${flag}.when.0.0.value`).fill('39');
  await press(page, 'open-preview');
  const preview = page.getByTestId('form-preview');
  await expectAccessible(page);
  await press(preview, 'choice-yes');
  await preview.getByText('体温多少度？').waitFor(PATIENCE);
  await preview.locator('[name="answer"]').fill('40');
  await press(preview, 'question-next');
  await preview.locator('[data-testid="preview-result"][data-urgency="urgent"]').waitFor(PATIENCE);
  await preview.getByText('<b>旅行后高热</b>').waitFor(PATIENCE);
  await preview.getByRole('button', { name: '从头再答' }).click();
  await press(preview, 'choice-no');
  await preview.getByText('没有危险信号').waitFor(PATIENCE);
  await page.keyboard.press('Escape');

  await press(page, 'publish-form');
  await press(page, 'confirm');
  await page.waitForURL(/questionnaires$/, PATIENCE);
  await page.getByTestId('form-pre-consult').getByText('使用中：第 1 版').waitFor(PATIENCE);
});

it('a visit is asked what was published, and what was answered stays when the clinic goes back', async () => {
  const { page } = doctor;
  await open(page, `/cases/${VISIT}`);
  await press(page, 'step-answerPreConsult');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('最近出过远门吗？').waitFor(PATIENCE);
  await press(dialog, 'choice-yes');
  await dialog.getByText('体温多少度？').waitFor(PATIENCE);
  await dialog.locator('[name="answer"]').fill('37.5');
  await press(dialog, 'question-next');
  await page.locator('[data-testid="case"][data-state="booking"]').waitFor(PATIENCE);

  await press(admin.page, 'retire-pre-consult');
  await press(admin.page, 'confirm');
  await admin.page.getByTestId('form-pre-consult').getByText('使用中：自带问卷').waitFor(PATIENCE);
  await page.reload();
  await page.getByText('37.5 ℃').waitFor({ state: 'attached', ...PATIENCE });
  // And it can come again.
  await admin.page
    .getByTestId('form-pre-consult')
    .getByRole('button', { name: /^以此为底稿/ })
    .click();
  await admin.page.getByText('体温多少度？').first().waitFor(PATIENCE);
  await press(admin.page, 'discard-form');
  await press(admin.page, 'confirm');
  await admin.page.waitForURL(/questionnaires$/, PATIENCE);
});

it('a model suggests by its token until that is revoked', async () => {
  const { page } = admin;
  await open(page, '/admin/ai-models');
  await press(page, 'add-model');
  await press(page, 'once-make');
  await page.getByText('请填写名称').waitFor(PATIENCE);
  await field(page, 'name').fill('示范模型');
  await press(page, 'once-make');
  const token = await page.getByTestId('model-token').textContent(PATIENCE);
  await expectAccessible(page);
  await press(page, 'once-done');
  const suggest = async (clientId: string) => {
    const answer = await fetch(`${hub.url}/api/ai/suggestions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ caseId: STUDY, clientId, finding: '疑似结石', confidence: 0.8 },
        model: { name: '示范模型', version: '2.1.0' },
      }),
    });
    return answer.status;
  };
  expect(await suggest('one')).toBe(200);
  await page.reload();
  const row = page.getByTestId('ai-model');
  await row.getByText('近 30 天提了 1 条建议').waitFor(PATIENCE);
  await row.getByText('版本 2.1.0').waitFor(PATIENCE);
  expect(await page.content()).not.toContain(token);
  await alive(page);
  await row.getByRole('button', { name: '撤销: 示范模型' }).click();
  await press(page, 'confirm');
  await row.getByText('已撤销').waitFor(PATIENCE);
  expect(await suggest('two')).toBe(401);
});

const ADMINISTRATION = ['/admin', '/admin/webhooks', '/admin/questionnaires', '/admin/ai-models'];

it('is an administrator’s affair, and reads well in English, dark and narrow', async () => {
  for (const path of ADMINISTRATION)
    expect((await doctor.context.request.get(hub.url + path)).status(), path).toBe(403);
  const registered = await doctor.context.request.post(`${hub.url}/admin/ai-models?/register`, {
    form: { name: '偷偷的模型' },
    headers: { origin: hub.url },
  });
  expect(registered.status()).toBe(403);

  const { page } = admin;
  await page.getByRole('button', { name: 'English' }).click();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of [...ADMINISTRATION, '/me/contact']) {
    await open(page, path);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page).catch((cause: unknown) => {
      throw new Error(path, { cause });
    });
  }
  expect([...doctor.errors, ...admin.errors]).toEqual([]);
});

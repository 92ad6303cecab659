import { eq } from 'drizzle-orm';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AiModels } from '../src/lib/clinic/reading/ai-models.ts';
import { accountPrincipalId } from '../src/lib/identity/index.ts';
import { account, box } from '../src/lib/storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../src/lib/storage/testing/test-database.ts';
import { expectAccessible, expectNoSidewaysScroll } from './support/accessible.ts';
import { launchBrowser, logIn, openPage, openPerson, type Person } from './support/browser.ts';
import { HubProcess } from './support/hub-process.ts';

let database: TestDatabase;
let hub: HubProcess;
let browser: Browser;
let [doctor, probe, expert, other]: Person[] = [];
let examUrl: string;
let readingId: string;

beforeAll(async () => {
  database = await startTestDatabase();
  hub = await HubProcess.start({ DATABASE_URL: database.url, DEMO_BOX: '0' });
  browser = await launchBrowser();
  const password = await hub.demoPassword();
  const [zhao] = await database.db.select().from(account).where(eq(account.username, 'zhao'));
  await database.db.insert(box).values({
    id: 'box-exam-room',
    name: '一号检查室',
    institutionId: zhao!.institutionId,
    publicKey: 'none',
    status: 'enrolled',
  });
  const english = { locale: 'en-US', colorScheme: 'dark' } as const;
  [doctor, probe, expert, other] = await Promise.all(
    [{}, {}, english, english].map((options) => openPerson(browser, options)),
  );
  await Promise.all(
    Object.entries({ wang: doctor, zhao: probe, li: expert, lin: other }).map(([name, person]) =>
      logIn(person!.page, hub.url, name, password),
    ),
  );
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
  await database?.stop();
});

const state = (page: Page, name: string) =>
  page.locator(`[data-testid="case"][data-state="${name}"]`).waitFor({ timeout: 20_000 });
const step = (page: Page, name: string) => page.getByTestId(`step-${name}`).click();
const send = (page: Page) => page.getByTestId('step-send').click();
async function confirmStep(page: Page, name: string): Promise<void> {
  await step(page, name);
  await page.getByTestId('confirm').click();
}
const counts = (page: Page) => page.getByTestId('exam-counts').getAttribute('data-counts');
const row = (page: Page, caseId: string) => page.locator(`[data-testid="work-row"][data-case="${caseId}"]`);
async function say(page: Page, name: string, said: { name?: string; tail?: string; side: string }) {
  await step(page, name);
  if (said.name !== undefined) await page.locator('[name="saidName"]').fill(said.name);
  if (said.tail !== undefined) await page.locator('[name="saidTail"]').fill(said.tail);
  await page.locator(`[name="saidSide"][value="${said.side}"]`).check();
  await send(page);
}

it('an exam is ordered with its side chosen, and stands in the examiner’s list by itself', async () => {
  await openPage(probe!.page, `${hub.url}/worklist`);
  const { page } = doctor!;
  await openPage(page, `${hub.url}/exams/new`);
  await page.getByTestId('patient-search').fill('zgh');
  const found = page.locator('[data-testid="patients"][data-answered="zgh"]');
  await found.getByTestId('patient-row').filter({ hasText: '张桂华' }).first().click();
  await page.locator('[name="bodyPart"]').selectOption('kidney');
  await page.locator('[name="reason"]').fill('左侧腰痛三天');
  await page.locator('[name="question"]').fill('<b>有无结石或积水？</b>');
  await page.locator('[name="urgency"]').selectOption('urgent');
  // Nobody is helped to a side.
  expect(await page.getByTestId('submit-exam').isDisabled()).toBe(true);
  await page.locator('[name="laterality"][value="left"]').check();
  await expectAccessible(page);
  await page.getByTestId('submit-exam').click();
  await page.waitForURL(/\/cases\//);
  examUrl = page.url();
  await state(page, 'ordered');
  expect(await page.getByText('<b>有无结石或积水？</b>').count()).toBe(1);
  await step(page, 'assignExpert');
  const experts = page.locator('[name="expert"]');
  const li = await experts.locator('option', { hasText: '李卫国' }).getAttribute('value');
  await experts.selectOption(li!);
  await send(page);
  await page.getByTestId('step-assignExpert').waitFor();

  const line = row(probe!.page, examUrl.split('/').at(-1)!);
  await line.getByText('左侧').waitFor({ timeout: 10_000 });
  await expectAccessible(probe!.page);
  await line.getByRole('link').click();
  await state(probe!.page, 'ordered');
});

it('a box with a failed self-test is not connected; with a good one the exam begins', async () => {
  const { page } = probe!;
  await step(page, 'prepare');
  await send(page);
  await state(page, 'prepared');
  for (const status of ['fail', 'ok']) {
    await step(page, 'attachBox');
    await page.locator('[name="box"]').selectOption({ label: '一号检查室' });
    await page.locator('[name="selfTest"]').selectOption(status);
    if (status === 'fail') await page.locator('[name="finding"]').selectOption('no-picture');
    await expectAccessible(page);
    await send(page);
    await page
      .getByText(status === 'ok' ? '全部正常' : '没有图像')
      .last()
      .waitFor();
    await state(page, status === 'ok' ? 'ready' : 'prepared');
  }
  await confirmStep(page, 'openRoom');
  await state(page, 'identifying');
  await expert!.page.goto(examUrl);
  await state(expert!.page, 'identifying');
});

it('the wrong side stops everything, and is put right; pictures count once both ends have confirmed', async () => {
  const { page } = probe!;
  expect(await counts(page)).toBe('false');
  await say(page, 'confirmAtBedside', { name: '张桂华', side: 'right' });
  await state(page, 'frozen');
  await state(expert!.page, 'frozen');
  expect(await expert!.page.getByTestId('step-addFindings').count()).toBe(0);
  await page.getByText('说出的侧别与申请不符').waitFor();
  await expectAccessible(page);
  await step(page, 'reidentify');
  await page.locator('[name="reason"]').fill('口误');
  await send(page);
  await state(page, 'identifying');
  await say(page, 'confirmAtBedside', { name: '张桂华', side: 'left' });
  await page.getByText('远端还没有核对患者与侧别。').waitFor();
  expect(await counts(page)).toBe('false');

  await state(expert!.page, 'identifying');
  await expert!.page.getByTestId('exam-bedside').getByText('Left').waitFor();
  const shown = await expert!.page.getByTestId('case-patient').textContent();
  const tail = /\*([0-9X]{4})\b/.exec(shown!)![1]!;
  await say(expert!.page, 'confirmFarEnd', { tail, side: 'left' });
  for (const person of [probe!, expert!]) {
    await state(person.page, 'examining');
    expect(await counts(person.page)).toBe('true');
  }
  await expectAccessible(expert!.page);
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
  await page.setViewportSize({ width: 1280, height: 800 });
});

it('the expert reports, who asked for it acknowledges, and it is archived for everybody', async () => {
  const { page } = expert!;
  await step(probe!.page, 'addFindings');
  await probe!.page.locator('[name="finding"]').fill('左肾下盏强回声 6 mm');
  await send(probe!.page);
  await page.getByText('左肾下盏强回声 6 mm').first().waitFor();
  await confirmStep(probe!.page, 'finish');
  await state(page, 'drafting');
  const report = page.getByTestId('document-report');
  await report.locator('[name="findings"]').fill('左肾下盏见强回声，后伴声影。');
  await report.locator('[name="impression"]').fill('左肾结石');
  await expect.poll(() => report.getAttribute('data-saved')).toBe('true');
  await confirmStep(page, 'report');
  await state(doctor!.page, 'reported');
  await confirmStep(doctor!.page, 'acknowledge');
  for (const person of [doctor!, probe!, expert!]) {
    await state(person.page, 'closed');
    await person.page.getByTestId('document-text').getByText('左肾结石').waitFor();
  }
});

/** The smallest picture. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

it('its pictures go to the diagnosis centre; of two readers who take them at once, one has them', async () => {
  const { page } = doctor!;
  await Promise.all([expert!, other!].map((reader) => reader.page.goto(`${hub.url}/worklist`)));
  await page.getByTestId('send-to-reading').click();
  await page.getByTestId('submit-reading').click();
  await page.waitForURL(/\/cases\//);
  await state(page, 'preparing');
  readingId = page.url().split('/').at(-1)!;
  await page
    .getByTestId('attachment-file')
    .setInputFiles({ name: '左肾.png', mimeType: 'image/png', buffer: PNG });
  await page.getByTestId('attachment').getByText('左肾.png').waitFor();
  await step(page, 'submit');
  await expectAccessible(page);
  await send(page);
  await state(page, 'waiting');

  const readers = [expert!, other!];
  await Promise.all(readers.map((each) => row(each.page, readingId).waitFor({ timeout: 35_000 })));
  await expectAccessible(other!.page);
  await Promise.all(readers.map((each) => row(each.page, readingId).getByTestId('claim').click()));
  const won = (each: Person) => each.page.url().includes(readingId);
  await expect.poll(() => readers.filter(won).length, { timeout: 10_000 }).toBe(1);
  const [winner, loser] = won(expert!) ? [expert!, other!] : [other!, expert!];
  await state(winner.page, 'reading');
  await row(loser.page, readingId).getByText('has it').waitFor();
  expect(won(loser)).toBe(false);
  await loser.page.goto(`${hub.url}/cases/${readingId}`);
  expect(await loser.page.getByTestId('step-conclude').count()).toBe(0);
  [expert, other] = [winner, loser];
});

it('what a model says is marked as no conclusion; a person decides about it, and concludes', async () => {
  const { page } = expert!;
  const [admin] = await database.db.select().from(account).where(eq(account.username, 'admin'));
  const { id: accountId, institutionId, roles, displayName: name } = admin!;
  const { token } = await new AiModels(database.db, Date.now).register(
    { kind: 'account', principalId: accountPrincipalId(accountId), accountId, institutionId, roles, name },
    '示范模型',
  );
  const answer = await fetch(`${hub.url}/api/ai/suggestions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      caseId: readingId,
      clientId: 'one',
      model: { name: '示范模型', version: '1.2' },
      finding: '疑似结石',
      confidence: 0.83,
    }),
  });
  expect(answer.ok).toBe(true);
  const suggestion = page.getByTestId('ai-suggestion');
  await suggestion.getByText('AI suggestion · not a conclusion').waitFor({ timeout: 10_000 });
  await suggestion.getByText('The model says 83% sure').waitFor();
  await suggestion.getByText('1.2').waitFor();
  await expectAccessible(page);
  await suggestion.getByRole('button', { name: 'Reject' }).click();
  await suggestion.getByText('rejected it').waitFor();
  expect(await page.getByTestId('reading-picture').locator('img').count()).toBe(1);

  await step(page, 'conclude');
  await page.locator('[name="findings"]').fill('左肾下盏强回声');
  await page.locator('[name="impression"]').fill('左肾结石，建议复查');
  await send(page);
  await state(page, 'final');
  await state(doctor!.page, 'final');
  await doctor!.page.getByTestId('document-text').getByText('左肾结石，建议复查').waitFor();
  await confirmStep(doctor!.page, 'acknowledge');
  await state(doctor!.page, 'closed');
  const errors = [doctor!, probe!, expert!, other!].flatMap((person) => person.errors);
  expect(errors.filter((text) => !text.includes('409'))).toEqual([]);
});

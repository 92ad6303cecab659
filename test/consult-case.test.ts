import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, expectNoSidewaysScroll } from './support/accessible.ts';
import { launchBrowser, logIn, openPage, openPerson, type Person } from './support/browser.ts';
import { startDemoHub } from './support/demo-hub.ts';
import type { HubProcess } from './support/hub-process.ts';

let hub: HubProcess;
let browser: Browser;
let password: string;
let doctor: Person;
let dispatcher: Person;
let specialist: Person;
let caseId: string;

beforeAll(async () => {
  hub = await startDemoHub({ DEMO_BOX: '0' });
  browser = await launchBrowser();
  password = await hub.demoPassword();
  [doctor, dispatcher, specialist] = await Promise.all([
    openPerson(browser),
    openPerson(browser),
    openPerson(browser, { locale: 'en-US', colorScheme: 'dark' }),
  ]);
  await Promise.all([
    logIn(doctor.page, hub.url, 'wang', password),
    logIn(dispatcher.page, hub.url, 'zhou', password),
    logIn(specialist.page, hub.url, 'li', password),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

const LONG = { timeout: 20_000 };
const state = (page: Page, name: string) =>
  page.locator(`[data-testid="case"][data-state="${name}"]`).waitFor({ timeout: 20_000 });
const send = (page: Page) => page.getByTestId('step-send').click();
const step = (page: Page, name: string) => page.getByTestId(`step-${name}`).click();
/** Presses a step that asks before it is taken. */
async function confirmStep(page: Page, name: string): Promise<void> {
  await step(page, name);
  await page.getByRole('dialog').getByRole('button').last().click();
}
async function because(page: Page, name: string, reason: string): Promise<void> {
  await step(page, name);
  await page.locator('[name="reason"]').fill(reason);
  await send(page);
}

/** Finds a patient by what is typed, and chooses the first of this name. */
async function pick(page: Page, typed: string, name: string): Promise<void> {
  await page.getByTestId('patient-search').fill(typed);
  const found = page.locator(`[data-testid="patients"][data-answered="${typed}"]`);
  await found.getByTestId('patient-row').filter({ hasText: name }).first().click();
}

const PDF = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
);

it('the rural doctor asks for a consult, found patient by pinyin, and HTML stays text', async () => {
  const { page } = doctor;
  await openPage(page, `${hub.url}/consults/new`);
  await pick(page, 'zgh', '张桂华');
  await page.locator('[name="reason"]').fill('右上腹痛三天');
  await page.locator('[name="purpose"]').fill('是否需要手术？');
  await page.locator('[name="summary"]').fill('<img src=x onerror=alert(1)> 超声见胆囊结石');
  await page.locator('[name="specialty"]').selectOption('ultrasound');
  await page.locator('[name="urgency"]').selectOption('urgent');
  await expectAccessible(page);
  await page.getByTestId('submit-consult').click();
  await page.waitForURL(/\/cases\//);
  caseId = page.url().split('/').at(-1)!;
  await state(page, 'requested');
  expect(await page.getByText('<img src=x onerror=alert(1)>').count()).toBe(1);
  await page.getByTestId('attachment-file').setInputFiles({
    name: '超声报告.pdf',
    mimeType: 'application/pdf',
    buffer: PDF,
  });
  await page.getByTestId('attachment').getByText('超声报告.pdf').waitFor();
  await page.getByTestId('attachment-file').setInputFiles({
    name: '超声.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from('MZ not a pdf at all'),
  });
  await page.getByText('这种文件不能上传：超声.pdf').waitFor();
  await expectAccessible(page);
});

it('the dispatcher sees it on the board without a reload, and asks a specialist', async () => {
  const { page } = dispatcher;
  await page.goto(`${hub.url}/board`);
  const card = page.getByTestId('column-waiting').locator(`a[href="/cases/${caseId}"]`);
  await card.waitFor();
  // Masked for who only arranges.
  expect(await card.textContent()).toContain('张*华');
  await expectAccessible(page);
  await card.focus();
  await page.keyboard.press('Enter');
  await state(page, 'requested');
  await step(page, 'match');
  const specialists = page.locator('[name="specialist"]');
  const li = await specialists.locator('option', { hasText: '李卫国' }).getAttribute('value');
  await specialists.selectOption(li!);
  await expectAccessible(page);
  await send(page);
  await state(page, 'matched');
  await state(doctor.page, 'matched');
});

it('the specialist accepts; without the consent nobody enters; with it the invitation goes out', async () => {
  await openPage(specialist.page, `${hub.url}/cases/${caseId}`);
  await expectAccessible(specialist.page);
  await confirmStep(specialist.page, 'accept');
  await state(specialist.page, 'accepted');
  await state(doctor.page, 'accepted');
  expect(await doctor.page.getByTestId('step-openRoom').count()).toBe(0);

  await step(doctor.page, 'recordConsent');
  await doctor.page.locator('[name="signedName"]').fill('张桂华');
  await doctor.page.locator('[name="fee"]').fill('200');
  await doctor.page.getByRole('checkbox').check();
  await send(doctor.page);
  await state(doctor.page, 'consented');
  await confirmStep(doctor.page, 'invite');
  await state(doctor.page, 'ready');
  await state(specialist.page, 'ready');
  await step(specialist.page, 'markRead');
  await doctor.page.getByText('李卫国 已看过').waitFor();
});

it('both meet in the room, with pictures that move, and only they', async () => {
  await confirmStep(doctor.page, 'openRoom');
  await state(doctor.page, 'in_session');
  await state(specialist.page, 'in_session');
  for (const { page } of [doctor, specialist]) {
    await page.getByTestId('case-room').click();
    await page.getByTestId('lobby-join').click({ timeout: 20_000 });
    await page.getByTestId('room-stage').waitFor({ timeout: 20_000 });
  }
  for (const { page } of [doctor, specialist]) {
    await expect
      .poll(
        () =>
          page.evaluate(() =>
            [...document.querySelectorAll('video')].some(
              (video) => video.getVideoPlaybackQuality().totalVideoFrames > 20,
            ),
          ),
        { timeout: 30_000 },
      )
      .toBe(true);
  }
  const stranger = await openPerson(browser);
  await logIn(stranger.page, hub.url, 'chen', password);
  await stranger.page.goto(`${hub.url}/cases/${caseId}`);
  expect(await stranger.page.getByTestId('case').count()).toBe(0);
  await stranger.context.close();
});

it('the opinion is written by two at once and concluded; the local doctor decides, and it is archived at both', async () => {
  await Promise.all([doctor, specialist].map(({ page }) => page.goto(`${hub.url}/cases/${caseId}`)));
  const [hers, his] = [doctor.page, specialist.page].map((page) => page.getByTestId('document-opinion'));
  await his!.locator('[name="findings"]').fill('胆囊多发结石，壁稍厚。');
  await his!.locator('[name="impression"]').fill('胆囊结石伴慢性胆囊炎');
  await expect.poll(() => his!.getAttribute('data-saved'), LONG).toBe('true');
  // What one saved stands at the other's.
  await expect.poll(() => hers!.locator('[name="findings"]').inputValue(), LONG).toContain('多发结石');
  await his!.locator('[name="advice"]').fill('择期手术，低脂饮食。');
  await expect.poll(() => his!.getAttribute('data-saved'), LONG).toBe('true');
  await expectAccessible(specialist.page);
  await confirmStep(specialist.page, 'conclude');
  await state(doctor.page, 'concluded');

  await step(doctor.page, 'acknowledge');
  await doctor.page.locator('[name="decision"]').fill('收入院，择期手术。');
  await send(doctor.page);
  await state(doctor.page, 'archived');
  await state(specialist.page, 'archived');
  for (const { page } of [doctor, specialist]) {
    await page.getByTestId('document-text').getByText('胆囊结石伴慢性胆囊炎').waitFor();
    await expectNoSidewaysScroll(page);
  }
});

it('two dispatchers cannot both take a request on; a wrong patient freezes it and is put right', async () => {
  const { page } = doctor;
  await openPage(page, `${hub.url}/consults/new`);
  await pick(page, 'zhang', '张');
  for (const [name, text] of Object.entries({ reason: '头晕', purpose: '用药', summary: '血压 170/100' }))
    await page.locator(`[name="${name}"]`).fill(text);
  await page.locator('[name="specialty"]').selectOption('cardiology');
  await page.getByTestId('submit-consult').click();
  await page.waitForURL(/\/cases\//);
  const url = page.url();
  const second = await openPerson(browser);
  await logIn(second.page, hub.url, 'ma', password);
  await Promise.all([dispatcher, second].map((one) => one.page.goto(url)));
  await Promise.all([dispatcher, second].map((one) => step(one.page, 'claim')));
  await Promise.all(
    [dispatcher, second].map((one) => one.page.getByRole('dialog').getByRole('button').last().click()),
  );
  await state(dispatcher.page, 'claimed');
  await state(second.page, 'claimed');
  await second.context.close();

  await because(page, 'wrongPatient', '名字对不上');
  await state(dispatcher.page, 'frozen');
  await step(page, 'reidentify');
  await pick(page, 'shan', '单');
  await send(page);
  await state(page, 'claimed');
  await page.getByTestId('case-patient').getByText('单').waitFor();
  expect([...doctor.errors, ...specialist.errors].filter((text) => !text.includes('415'))).toEqual([]);
});

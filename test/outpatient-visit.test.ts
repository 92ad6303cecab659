import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, expectNoSidewaysScroll } from './support/accessible.ts';
import { launchBrowser, logIn, openPage, openPerson, type Person } from './support/browser.ts';
import { startDemoHub } from './support/demo-hub.ts';
import type { HubProcess } from './support/hub-process.ts';

const PATIENCE = { timeout: 20_000 };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

let hub: HubProcess;
let browser: Browser;
/** Books for others; keeps the doctors' calendars. */
let desk: Person;
/** Reads English. */
let doctor: Person;
let pharmacist: Person;
let phone: Person;
let secondPhone: Person;

beforeAll(async () => {
  hub = await startDemoHub({ DEMO_BOX: '0' });
  browser = await launchBrowser();
  const password = await hub.demoPassword();
  [desk, doctor, pharmacist, phone, secondPhone] = await Promise.all([
    openPerson(browser),
    openPerson(browser, { locale: 'en-US', colorScheme: 'dark' }),
    openPerson(browser),
    openPerson(browser, PHONE),
    openPerson(browser, PHONE),
  ]);
  await Promise.all([
    logIn(desk.page, hub.url, 'ma', password),
    logIn(doctor.page, hub.url, 'wang', password),
    logIn(pharmacist.page, hub.url, 'feng', password),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

const press = (page: Page, testId: string) => page.getByTestId(testId).first().click(PATIENCE);
const state = (page: Page, name: string) =>
  page.locator(`[data-testid="case"][data-state="${name}"]`).waitFor(PATIENCE);
const visitState = (page: Page, name: string) =>
  page.locator(`[data-testid="visit-opened"][data-state="${name}"]`).waitFor(PATIENCE);
const fill = (page: Page, name: string, text: string) => page.locator(`[name="${name}"]`).last().fill(text);
async function confirmStep(page: Page, name: string): Promise<void> {
  await press(page, `step-${name}`);
  await page.getByTestId('confirm').click(PATIENCE);
}
async function sendForm(page: Page): Promise<void> {
  await press(page, 'step-send');
  await page.getByRole('dialog').waitFor({ state: 'detached', ...PATIENCE });
}

/** The desk opens a visit and makes the link for the phone. */
async function openVisit(typed: string, name: string): Promise<{ url: string; link: string }> {
  const { page } = desk;
  await openPage(page, `${hub.url}/visits/new`);
  await page.getByTestId('patient-search').fill(typed);
  const found = page.locator(`[data-testid="patients"][data-answered="${typed}"]`);
  await found.getByTestId('patient-row').filter({ hasText: name }).first().click(PATIENCE);
  await fill(page, 'reason', '高血压复诊');
  await press(page, 'open-visit');
  await page.waitForURL(/\/cases\//);
  await state(page, 'triage');
  await press(page, 'visit-link-make');
  const link = await page.getByTestId('visit-link').inputValue(PATIENCE);
  return { url: page.url(), link };
}

/** Answers what is asked until nothing is: no danger, nothing special. */
async function answerAll(page: Page, within = page.locator('body')): Promise<void> {
  const questions = within.getByTestId('questions');
  await questions.waitFor(PATIENCE);
  // In one look: between two, the last question goes away, and the second look would wait for it.
  const askedNow = () => questions.evaluateAll(([shown]) => shown?.getAttribute('data-question') ?? null);
  for (let asked = 0; asked < 40; asked++) {
    const id = await askedNow();
    if (id === null) return;
    const choices = questions.locator('.choice');
    const next = questions.getByTestId('question-next');
    // Before the answer: where one tap is the answer, another question stands there afterwards.
    const hasNext = (await next.count()) > 0;
    const none = questions.locator(
      '[data-testid="choice-none"], [data-testid="choice-no"], [data-testid="choice-neither"]',
    );
    if (await none.count()) await none.first().click();
    else if (await choices.count()) await choices.first().click();
    else {
      const field = questions.locator('[name="answer"]');
      const type = await field.getAttribute('type');
      await field.fill(type === 'number' ? '37' : type === 'date' ? '2026-01-01' : '血压药吃完了');
    }
    if (hasNext) await next.click();
    await expect.poll(askedNow, PATIENCE).not.toBe(id);
  }
  throw new Error('asks without end');
}

/** The desk answers with the patient beside it, vouches for the first visit and books an extra time. */
async function bookAtDesk(): Promise<void> {
  const { page } = desk;
  for (const [step, then] of [
    ['answerTriage', 'pre_consult'],
    ['answerPreConsult', 'booking'],
  ] as const) {
    await press(page, `step-${step}`);
    await answerAll(page, page.getByRole('dialog'));
    await state(page, then);
  }
  await press(page, 'step-claimFirstVisit');
  await fill(page, 'statement', '去年在县医院内科看过高血压');
  await sendForm(page);
  await state(page, 'proof_check');
  await confirmStep(page, 'acceptProof');
  await state(page, 'booking');
  await press(page, 'step-book');
  await page.locator('[name="slot"]').selectOption('extra');
  const wang = await page.locator('[name="doctor"] option', { hasText: '王丽' }).getAttribute('value');
  await page.locator('[name="doctor"]').selectOption(wang!);
  await sendForm(page);
  await state(page, 'booked');
}

const moving = (page: Page) =>
  expect
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

let visit: { url: string; link: string };

it('the desk opens a visit, answers with the patient beside it, and books', async () => {
  visit = await openVisit('zgh', '张');
  await expectAccessible(desk.page);
  await bookAtDesk();
  await expectAccessible(desk.page);
});

it('by the link a patient is in the queue with two taps; another browser is refused in words', async () => {
  const { page } = phone;
  await page.goto(visit.link);
  await page.getByText('我是 张*').waitFor(PATIENCE);
  await expectAccessible(page);
  await press(page, 'visit-me');
  await visitState(page, 'booked');
  expect(page.url()).not.toContain('#');
  await press(page, 'visit-check-in');
  await visitState(page, 'waiting');
  await page.getByText('下一位就是您').waitFor(PATIENCE);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  const stranger = await openPerson(browser, PHONE);
  await stranger.page.goto(visit.link);
  await stranger.page.getByText('链接已经在另一部手机上用过').waitFor(PATIENCE);
  expect(await stranger.page.getByTestId('visit-opened').count()).toBe(0);
  await stranger.context.close();

  // The phone's page is gone, not its session: the same link comes back to the same step.
  await page.goto('about:blank');
  await page.goto(visit.link);
  await visitState(page, 'waiting');
});

it('a second patient answers on the phone, a danger sign goes to a person at once, and the queue moves live', async () => {
  const { page } = secondPhone;
  const other = await openVisit('shan', '单');
  await page.goto(other.link);
  await press(page, 'visit-me');
  await page.getByTestId('questions').waitFor(PATIENCE);
  await expectAccessible(page);
  await press(page, 'choice-chest_pain_sweating');
  await press(page, 'question-next');
  await visitState(page, 'red_flag');
  await page.getByTestId('visit-red-flag').getByText('请立即求助').waitFor(PATIENCE);
  await expectAccessible(page);
  // At the desk it stands there without a reload.
  await state(desk.page, 'red_flag');
  await press(desk.page, 'step-decideRedFlag');
  await desk.page.locator('[name="decision"]').selectOption('go_on');
  await fill(desk.page, 'reason', '已电话核实，点错了');
  await sendForm(desk.page);
  await visitState(page, 'pre_consult');
  await answerAll(page);
  await visitState(page, 'booking');
  await fill(page, 'statement', '上个月在县医院看过');
  await press(page, 'visit-claim');
  await visitState(page, 'proof_check');
  await confirmStep(desk.page, 'acceptProof');
  await visitState(page, 'booking');
  await press(desk.page, 'step-book');
  await desk.page.locator('[name="slot"]').selectOption('extra');
  const wang = await desk.page.locator('[name="doctor"] option', { hasText: '王丽' }).getAttribute('value');
  await desk.page.locator('[name="doctor"]').selectOption(wang!);
  await sendForm(desk.page);
  await visitState(page, 'booked');
  await press(page, 'visit-check-in');
  await page.locator('[data-testid="visit-place"][data-ahead="1"]').waitFor(PATIENCE);
  await page.getByText('您前面的 1 位患者').waitFor(PATIENCE);
});

it('the doctor calls, and both meet in the room', async () => {
  const { page } = doctor;
  await openPage(page, `${hub.url}/clinic`);
  await page.locator('[data-testid="queue"][data-waiting="2"]').waitFor(PATIENCE);
  await expectAccessible(page);
  await press(page, 'call-next');
  await visitState(phone.page, 'called');
  await secondPhone.page.locator('[data-testid="visit-place"][data-ahead="0"]').waitFor(PATIENCE);
  // The third and last tap, before the room is open: the phone goes in by itself.
  await press(phone.page, 'visit-enter');
  await press(page, 'queue-begin');
  await page.waitForURL(/\/rooms\//, PATIENCE);
  await press(page, 'lobby-join');
  // Patients knock: the doctor sees who it is before they see the doctor.
  await page
    .getByRole('button', { name: /^Admit/ })
    .first()
    .click(PATIENCE);
  await Promise.all([page, phone.page].map((one) => one.getByTestId('room-stage').waitFor(PATIENCE)));
  await Promise.all([moving(page), moving(phone.page)]);
});

it('note and prescription are written, sent back once, approved, and the visit is complete', async () => {
  const { page } = doctor;
  await openPage(page, visit.url);
  await press(page, 'step-checkIdentity');
  await sendForm(page);
  const note = page.getByTestId('document-note');
  for (const [section, text] of Object.entries({
    complaint: '头晕三天',
    presentIllness: '血压药吃完后头晕',
    diagnosis: '高血压 2 级',
    plan: '<b>继续</b>用药，低盐饮食',
  }))
    await note.locator(`[name="${section}"]`).fill(text);
  await expect.poll(() => note.getAttribute('data-saved'), PATIENCE).toBe('true');
  await press(page, 'rx-add');
  for (const [name, text] of Object.entries({
    medicine: '硝苯地平控释片',
    strength: '30 mg',
    dose: '1 片',
    quantity: '7 片',
  }))
    await page.getByTestId('prescription-editor').locator(`[name="${name}"]`).fill(text);
  await press(page, 'rx-save');
  await page.locator('[data-testid="prescription-editor"][data-saved="true"]').waitFor(PATIENCE);
  await expectAccessible(page);
  await confirmStep(page, 'endVisit');
  await state(page, 'concluding');
  await press(page, 'step-sign');
  await fill(page, 'fee', '15');
  await sendForm(page);
  await state(page, 'pharmacy');

  await pharmacist.page.goto(`${hub.url}/pharmacy`);
  await pharmacist.page.getByTestId('pharmacy-row').getByText('硝苯地平控释片').waitFor(PATIENCE);
  await expectAccessible(pharmacist.page);
  await pharmacist.page.getByTestId('pharmacy-row').getByRole('link').click(PATIENCE);
  await state(pharmacist.page, 'pharmacy');
  await press(pharmacist.page, 'step-returnPrescription');
  await fill(pharmacist.page, 'reason', '请写明餐前还是餐后');
  await sendForm(pharmacist.page);
  await state(page, 'returned');
  await page.getByText('请写明餐前还是餐后').first().waitFor(PATIENCE);
  await page.getByTestId('prescription-editor').locator('[name="remark"]').fill('早餐后');
  await press(page, 'rx-save');
  await page.locator('[data-testid="prescription-editor"][data-saved="true"]').waitFor(PATIENCE);
  await press(page, 'step-sign');
  await fill(page, 'fee', '15');
  await sendForm(page);
  await state(pharmacist.page, 'pharmacy');
  await press(pharmacist.page, 'step-approve');
  await fill(pharmacist.page, 'fee', '38.5');
  await sendForm(pharmacist.page);

  await phone.page.goto(visit.link);
  await visitState(phone.page, 'payment');
  await phone.page.getByText('需要付 53.50 元').waitFor(PATIENCE);
  await phone.page.getByTestId('visit-note').getByText('<b>继续</b>用药').waitFor(PATIENCE);
  await expectAccessible(phone.page);
  await press(pharmacist.page, 'step-settle');
  await sendForm(pharmacist.page);
  await state(page, 'follow_up');
  await press(page, 'step-planFollowUp');
  await fill(page, 'days', '7');
  await fill(page, 'instructions', '测血压');
  await sendForm(page);
  await state(page, 'closed');
  await visitState(phone.page, 'closed');
  await phone.page.getByText('7 天后随访：测血压').waitFor(PATIENCE);
  await expectNoSidewaysScroll(phone.page);
  const errors = [desk, doctor, pharmacist, phone, secondPhone].flatMap((each) => each.errors);
  expect(errors).toEqual([]);
});

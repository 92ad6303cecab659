import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectAccessible, expectNoSidewaysScroll } from '../support/accessible.ts';
import { launchBrowser, logIn, openPage, openPerson, type Person } from '../support/browser.ts';
import { startDemoHub } from '../support/demo-hub.ts';
import type { HubProcess } from '../support/hub-process.ts';

const PATIENCE = { timeout: 20_000 };
const DAY_MS = 24 * 60 * 60_000;
const ZONE = 'Asia/Shanghai';
const DIALOG = '[role="dialog"]';

let hub: HubProcess;
let browser: Browser;
/** On a phone. */
let doctor: Person;
/** Keeps the doctors' calendars; reads English, in the dark. */
let desk: Person;
let nurse: Person;
/** Two visits that need a time only. */
let visits: string[];

beforeAll(async () => {
  hub = await startDemoHub({ DEMO_BOX: '0' });
  browser = await launchBrowser();
  const password = await hub.demoPassword();
  [doctor, desk, nurse] = await Promise.all([
    openPerson(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, timezoneId: ZONE }),
    openPerson(browser, { locale: 'en-US', colorScheme: 'dark', timezoneId: 'Europe/Berlin' }),
    openPerson(browser, { timezoneId: ZONE }),
  ]);
  await Promise.all([
    logIn(doctor.page, hub.url, 'wang', password),
    logIn(desk.page, hub.url, 'ma', password),
    logIn(nurse.page, hub.url, 'sun', password),
  ]);
  visits = [await visitOf('张桂华'), await visitOf('杨国强')];
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

/** What a page of the nurse's would send. */
async function post(
  path: string,
  sent: { form: Record<string, string> } | { data: object },
): Promise<unknown> {
  const headers = { origin: hub.url, 'x-sveltekit-action': 'true' };
  const answer = await nurse.page.request.post(`${hub.url}${path}`, { headers, ...sent });
  return answer.json();
}

/** A visit as far as the choice of a time: answered, and known from an earlier one. */
async function visitOf(name: string): Promise<string> {
  const { patients } = (await post('/patients/search', { data: { text: name } })) as {
    patients: { patientId: string }[];
  };
  const form = { patientId: patients[0]!.patientId, reason: '高血压复诊' };
  const { location } = (await post('/visits/new', { form })) as { location: string };
  const steps: [string, object][] = [
    ['answerTriage', { answers: { danger: ['none'], complaint: 'review', pain: 0, since: 'longer' } }],
    [
      'answerPreConsult',
      { answers: { story: '复查血压', history: ['hypertension'], allergy: false, medicine: false } },
    ],
    ['claimFirstVisit', { statement: '去年在本院看过', attachmentIds: [] }],
    ['acceptProof', {}],
  ];
  for (const [index, [step, input]] of steps.entries()) {
    const taken = await post(`${location}?/step`, {
      form: { step, version: String(index + 1), input: JSON.stringify(input) },
    });
    expect(taken).toMatchObject({ type: 'success' });
  }
  return location;
}

/** The day in so many days, as the calendar there says. */
const dayIn = (days: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(Date.now() + days * DAY_MS);
const press = (page: Page, testId: string) => page.getByTestId(testId).first().click(PATIENCE);
const fill = (page: Page, name: string, text: string) => page.locator(`[name="${name}"]`).fill(text);
const rows = (page: Page, kind: string) => page.locator('.list').getByTestId(`row-${kind}`);
const dayShown = (page: Page, day: string) =>
  page.locator(`[data-testid="calendar"][data-day="${day}"]`).waitFor(PATIENCE);
async function calendar({ page }: Person, query = ''): Promise<void> {
  await openPage(page, `${hub.url}/calendar${query}`);
}

it('a doctor publishes times on a phone; what is in the way is named; free time is taken back, and back again', async () => {
  const { page } = doctor;
  await calendar(doctor);
  await page.getByTestId('calendar-zone').getByText('中国标准时间').waitFor(PATIENCE);
  await page.getByText('这一天没有安排').waitFor(PATIENCE);
  await press(page, 'publish');
  await expectAccessible(page, DIALOG);
  await fill(page, 'until', '10:30');
  await press(page, 'publish-send');
  // The demo doctor offers this time already.
  await page.getByTestId('publish-refused').getByText('09:00 已有公布的时间').waitFor(PATIENCE);
  await fill(page, 'firstDay', dayIn(9));
  await press(page, 'publish-send');
  await page.getByText('已公布 15 个时间').waitFor(PATIENCE);

  const workday = [9, 10, 11]
    .map(dayIn)
    .find((day) => ![0, 6].includes(new Date(`${day}T12:00Z`).getUTCDay()))!;
  await calendar(doctor, `?day=${workday}`);
  await expect.poll(() => rows(page, 'free').count(), PATIENCE).toBe(3);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await press(page, 'row-withdraw');
  await expect.poll(() => rows(page, 'free').count(), PATIENCE).toBe(2);
  await page.getByRole('button', { name: '撤销' }).click(PATIENCE);
  await expect.poll(() => rows(page, 'free').count(), PATIENCE).toBe(3);
});

it('two book the same time at once: one has it, the other is told and takes another; both stand in the calendar live', async () => {
  await calendar(doctor, `?day=${dayIn(1)}`);
  const pages = [desk.page, nurse.page];
  await Promise.all(
    pages.map(async (page, index) => {
      await openPage(page, `${hub.url}${visits[index]}`);
      await press(page, 'step-book');
    }),
  );
  const times = desk.page.locator('[name="slot"] option', { hasText: '王丽' });
  const [first, second] = await times.evaluateAll((options) =>
    options.map((option) => (option as HTMLOptionElement).value),
  );
  for (const page of pages) await page.locator('[name="slot"]').selectOption(first!);
  await Promise.all(pages.map((page) => press(page, 'step-send')));
  const booked = (page: Page) => page.locator('[data-testid="case"][data-state="booked"]');
  const told = (page: Page) => page.getByTestId('slot-taken');
  await expect
    .poll(async () => {
      const counts = await Promise.all(pages.flatMap((page) => [booked(page).count(), told(page).count()]));
      return counts.join('');
    }, PATIENCE)
    .toMatch(/^(1001|0110)$/);
  const loser = (await told(desk.page).count()) === 1 ? desk.page : nurse.page;
  expect(await told(loser).textContent()).toMatch(/刚被别人约走了|was taken meanwhile/);
  await expectAccessible(loser);
  expect(await loser.locator(`[name="slot"] option[value="${first}"]`).count()).toBe(0);
  await loser.locator('[name="slot"]').selectOption(second!);
  await press(loser, 'step-send');
  for (const page of pages) await booked(page).waitFor(PATIENCE);
  await expect.poll(() => rows(doctor.page, 'appointment').count(), PATIENCE).toBe(2);
  // Masked as in every list.
  await rows(doctor.page, 'appointment').getByText('张*华').waitFor(PATIENCE);
});

it('the doctor moves one and calls off the other, each with a reason; those concerned are told', async () => {
  const { page } = doctor;
  const before = await rows(page, 'appointment').locator('.when').allTextContents();
  await press(page, 'row-move');
  await page
    .locator('[name="slot"] option')
    .nth(4)
    .waitFor({ state: 'attached', ...PATIENCE });
  const [later] = await page.locator('[name="slot"]').evaluate((select) =>
    [...(select as HTMLSelectElement).options]
      .filter(({ text }) => text.includes('王丽'))
      .map(({ value }) => value)
      .slice(3),
  );
  await page.locator('[name="slot"]').selectOption(later!);
  await fill(page, 'reason', '上午有手术');
  await expectAccessible(page, DIALOG);
  await press(page, 'step-send');
  await page.getByText('时间已改').waitFor(PATIENCE);
  await expect
    .poll(() => rows(page, 'appointment').locator('.when').allTextContents(), PATIENCE)
    .not.toEqual(before);
  await Promise.any(
    [desk.page, nurse.page].map((each) => each.getByText('上午有手术').first().waitFor(PATIENCE)),
  );

  await press(page, 'row-cancel');
  await fill(page, 'reason', '医生临时停诊');
  await press(page, 'step-send');
  await expect.poll(() => rows(page, 'appointment').count(), PATIENCE).toBe(1);
  await Promise.any(
    [desk.page, nurse.page].map((each) =>
      each.locator('[data-testid="case"][data-state="cancelled"]').waitFor(PATIENCE),
    ),
  );
  // The nurse has opened both visits, and hears of what became of them.
  await expect.poll(() => nurse.notices.has('notification.new'), PATIENCE).toBe(true);
});

it('the address for a phone’s calendar shows when and with whom, stops when it is renewed, and can be withdrawn', async () => {
  const { page } = doctor;
  const read = (address: string) => page.request.get(address, { headers: { cookie: '' } });
  const address = () => page.getByTestId('feed-address').inputValue(PATIENCE);
  await press(page, 'subscribe');
  await press(page, 'feed-make');
  const old = await address();
  await expectAccessible(page, DIALOG);
  const answer = await read(old);
  expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'text/calendar; charset=utf-8']);
  const text = await answer.text();
  expect(text).toContain('STATUS:CONFIRMED');
  expect(text).toContain('STATUS:CANCELLED');
  for (const secret of ['张', '杨', '高血压']) expect(text).not.toContain(secret);
  await press(page, 'feed-renew');
  await press(page, 'confirm');
  await expect.poll(address, PATIENCE).not.toBe(old);
  const renewed = await address();
  expect([(await read(old)).status(), (await read(renewed)).status()]).toEqual([404, 200]);
  await press(page, 'feed-revoke');
  await press(page, 'confirm');
  await page.getByText('地址已停用').waitFor(PATIENCE);
  expect((await read(renewed)).status()).toBe(404);
  await page.keyboard.press('Escape');
  const file = await page.request.get(`${hub.url}${visits[0]}/appointment`);
  expect(await file.text()).toContain('BEGIN:VEVENT');
});

it('the desk sees a colleague’s week without names, by keyboard, in both times; nobody else does', async () => {
  const { page } = desk;
  await calendar(desk);
  await page.getByTestId('calendar-zone').getByText('China Standard Time').waitFor(PATIENCE);
  await page.getByTestId('calendar-zone').getByText('Central European').waitFor(PATIENCE);
  await page.locator('[name="whose"]').selectOption({ label: '王丽' });
  await page.waitForURL(/of=/, PATIENCE);
  const of = new URL(page.url()).searchParams.get('of')!;
  // Keys in a field are the field's.
  await page.getByRole('heading', { level: 1 }).click(PATIENCE);
  await page.keyboard.press('ArrowRight');
  await dayShown(page, dayIn(1));
  await page.keyboard.press('PageDown');
  await dayShown(page, dayIn(8));
  await page.keyboard.press('t');
  await dayShown(page, dayIn(0));
  await openPage(page, `${hub.url}/calendar?of=${of}&day=${dayIn(1)}`);
  await page.locator('div.wide').getByTestId('entry-appointment').first().waitFor(PATIENCE);
  expect(await page.locator('div.wide').textContent()).not.toMatch(/[张杨]/);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.locator('div.wide').getByTestId('entry-free').last().click(PATIENCE);
  await expectAccessible(page, DIALOG);
  const free = await page.getByTestId('free-slot').count();
  await press(page, 'withdraw-one');
  await expect.poll(() => page.getByTestId('free-slot').count(), PATIENCE).toBe(free - 1);
  await page.keyboard.press('Escape');
  await page.locator('div.wide').getByTestId('entry-appointment').first().click(PATIENCE);
  await page.locator('[data-testid="case"][data-state="booked"]').waitFor(PATIENCE);

  const answers = await Promise.all(
    [`?of=${of}`, ''].map((query) => nurse.page.request.get(`${hub.url}/calendar${query}`)),
  );
  expect(answers.map((answer) => answer.status())).toEqual([403, 200]);
  const stranger = await fetch(`${hub.url}/calendar`, { redirect: 'manual' });
  expect([stranger.status, stranger.headers.get('location')]).toEqual([303, '/login?next=%2Fcalendar']);
  expect([desk, doctor, nurse].flatMap((each) => each.errors)).toEqual([]);
});

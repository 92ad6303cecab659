import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHECKLISTS, confirmersOf, type ChecklistName } from '../src/lib/clinic/model/surgery/checklist.ts';
import { expectAccessible, expectNoSidewaysScroll } from './support/accessible.ts';
import { BoxProcess } from './support/box-process.ts';
import { enterRoom, launchBrowser, logIn, openPerson, type Person } from './support/browser.ts';
import { startDemoHub } from './support/demo-hub.ts';
import { enrolmentCode } from './support/enrolment.ts';
import type { HubProcess } from './support/hub-process.ts';
import { lookAt, tile } from './support/room-page.ts';
import { oneFeed } from './support/small-feeds.ts';

const FEEDS = JSON.stringify(oneFeed({ slot: 'scope', label: '腹腔镜' }));
const BOX = '二号手术间';
const SHOTS = process.env['SCREEN_SHOTS'];
const LONG = { timeout: 20_000 };
/** By role in the team: the demo hospital's people, two houses, two languages. */
const TEAM = {
  operating_surgeon: 'gao',
  local_surgeon: 'chen',
  anaesthetist: 'he',
  nurse: 'sun',
  proctor: 'wu',
} as const;
type Role = keyof typeof TEAM;
const NAMES: Record<Role, string> = {
  operating_surgeon: '高峰',
  local_surgeon: '陈明',
  anaesthetist: '何静',
  nurse: '孙洁',
  proctor: '吴强',
};

let hub: HubProcess;
let browser: Browser;
let box: BoxProcess;
const people = {} as Record<Role, Person>;
const accounts = {} as Record<Role, string>;
let caseUrl: string;
let roomId: string;

beforeAll(async () => {
  hub = await startDemoHub({ DEMO_BOX: '0' });
  browser = await launchBrowser();
  const password = await hub.demoPassword();
  box = await BoxProcess.start({
    HUB_URL: hub.url,
    ENROL_CODE: await enrolmentCode(hub, BOX),
    FEEDS,
    BOX_NAME: BOX,
    BOX_SCREEN_PORT: '0',
  });
  await Promise.all(
    Object.entries(TEAM).map(async ([role, username]) => {
      const abroad = role === 'operating_surgeon' || role === 'proctor';
      const person = await openPerson(browser, abroad ? { locale: 'en-US', colorScheme: 'dark' } : {});
      people[role as Role] = person;
      await logIn(person.page, hub.url, username, password);
    }),
  );
});
afterAll(async () => {
  await box?.stop();
  await browser?.close();
  await hub?.stop();
});

const page = (role: Role): Page => people[role].page;
const state = (role: Role, name: string) =>
  page(role).locator(`[data-testid="case"][data-state="${name}"]`).waitFor(LONG);
const strip = (role: Role) => page(role).getByTestId('surgery-strip');
const stripState = (role: Role, name: string) =>
  page(role).locator(`[data-testid="surgery-strip"][data-state="${name}"]`).waitFor(LONG);
const step = (role: Role, name: string) => page(role).getByTestId(`step-${name}`).click();
const send = (role: Role) => page(role).getByTestId('step-send').click();
async function confirmStep(role: Role, name: string): Promise<void> {
  await step(role, name);
  await page(role).getByTestId('confirm').click();
}
/** The same step as by the page, once that was seen for its kind. */
async function direct(role: Role, name: string, input: object = {}): Promise<void> {
  const answer = await people[role].context.request.post(`${caseUrl}?/step`, {
    headers: { origin: hub.url, accept: 'application/json', 'x-sveltekit-action': 'true' },
    form: { step: name, input: JSON.stringify(input) },
  });
  expect(await answer.json()).toMatchObject({ type: 'success' });
}
/** Reads a list out to its end. */
async function readOut(list: ChecklistName, from = 0): Promise<void> {
  for (const item of Object.keys(CHECKLISTS[list]).slice(from))
    for (const as of confirmersOf(list, item))
      await direct(as as Role, 'confirmItem', { item, as, laterality: 'right' });
}
const item = (role: Role, name: string) =>
  page(role).locator(`[data-testid="checklist"][data-item="${name}"]`).waitFor(LONG);
const confirm = (role: Role) => page(role).getByTestId('confirm-item').click();
/** Everybody sees at once who operates. */
async function holds(holder: Role): Promise<void> {
  const shows = `[data-testid="command"][data-authority="${accounts[holder]}"]`;
  await Promise.all(Object.values(people).map((person) => person.page.locator(shows).waitFor(LONG)));
}
async function handBack(): Promise<void> {
  await direct('local_surgeon', 'offerAuthority', { to: accounts.operating_surgeon });
  await direct('operating_surgeon', 'acceptAuthority');
  await holds('operating_surgeon');
}
const announced = (kind: string) =>
  Promise.all(
    Object.values(people).map((person) =>
      person.page.locator(`[data-testid="announcement"][data-kind="${kind}"]`).waitFor(LONG),
    ),
  );
async function shoot(role: Role, name: string): Promise<void> {
  if (SHOTS) await page(role).screenshot({ path: `${SHOTS}/surgery-${name}.png`, fullPage: true });
}

it('is booked with a side that somebody chose, named people and a takeover plan', async () => {
  const chen = page('local_surgeon');
  await chen.goto(hub.url);
  await chen.locator('nav a[href="/surgeries/new"]').click();
  await chen.waitForURL(/surgeries\/new/);
  await chen.getByTestId('patient-search').fill('ygq');
  const found = chen.locator('[data-testid="patients"][data-answered="ygq"]');
  await found.getByTestId('patient-row').filter({ hasText: '杨国强' }).first().click();
  const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString().slice(0, 16);
  const said = {
    procedure: '<b>腹腔镜右肾部分切除术</b>',
    site: '肾',
    indication: '右肾占位 3 cm',
    scheduledAt: tomorrow,
    plannedMinutes: '150',
    planWhen: '链路中断即刻',
    planHow: '改本地腹腔镜继续',
  };
  for (const [name, text] of Object.entries(said)) await chen.locator(`[name="${name}"]`).fill(text);
  await chen.locator('[name="furtherRole"]').selectOption('proctor');
  for (const role of Object.keys(TEAM) as Role[]) {
    const select = chen.locator(`[name="member-${role}"]`);
    const value = await select.locator('option', { hasText: NAMES[role] }).getAttribute('value');
    await select.selectOption(value!);
    accounts[role] = value!;
  }
  // Nobody is helped to a side.
  expect(await chen.getByTestId('submit-surgery').isDisabled()).toBe(true);
  expect(await chen.getByTestId('missing').textContent()).toContain('侧别');
  await chen.locator('[name="laterality"][value="right"]').check();
  await expectAccessible(chen);
  await shoot('local_surgeon', 'booking');
  await chen.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(chen);
  await chen.setViewportSize({ width: 1280, height: 800 });
  await chen.getByTestId('submit-surgery').click();
  await chen.waitForURL(/\/cases\//);
  caseUrl = chen.url();
  await state('local_surgeon', 'booked');
  expect(await chen.getByText('<b>腹腔镜右肾部分切除术</b>').count()).toBeGreaterThan(0);
});

it('has no room before the consent names everybody', async () => {
  await Promise.all((['nurse', 'anaesthetist', 'proctor'] as const).map((role) => page(role).goto(caseUrl)));
  await step('local_surgeon', 'recordConsent');
  const chen = page('local_surgeon');
  await chen.locator('[name="reference"]').fill('C-2026-17');
  const named = chen.locator('[name="named"]');
  expect(await named.count()).toBe(5);
  for (let index = 0; index < 5; index += 1) {
    expect(await chen.getByTestId('step-send').isDisabled()).toBe(true);
    await named.nth(index).check();
  }
  await send('local_surgeon');
  await state('nurse', 'consented');
  await step('nurse', 'openRoom');
  await page('nurse').locator('[name="box"]').selectOption({ label: BOX });
  await send('nurse');
  await page('local_surgeon').getByTestId('case-room').waitFor(LONG);
  const href = await chen.getByTestId('case-room').getAttribute('href');
  roomId = href!.split('/').at(-1)!;
});

it('is rehearsed in the room, and both surgeons say go, with the missing vote shown', async () => {
  await Promise.all(
    (['operating_surgeon', 'local_surgeon'] as const).map((role) => enterRoom(page(role), hub.url, roomId)),
  );
  const gao = page('operating_surgeon');
  await step('operating_surgeon', 'rehearse');
  const figures = { ageMs: '900', rttMs: '40', lossPercent: '0.1', carriers: '2' };
  for (const [name, value] of Object.entries(figures)) await gao.locator(`[name="${name}"]`).fill(value);
  await gao.locator('[data-testid="judgement"][data-judgement="no_go"]').waitFor();
  await gao.locator('[name="ageMs"]').fill('180');
  await gao.locator('[data-testid="judgement"][data-judgement="go"]').waitFor();
  await expectAccessible(gao);
  await send('operating_surgeon');
  await stripState('local_surgeon', 'rehearsed');
  const votes = strip('local_surgeon').getByTestId('vote');
  expect(await votes.filter({ hasText: '还没表态' }).count()).toBe(2);
  await confirmStep('operating_surgeon', 'voteGo');
  await strip('local_surgeon').locator('[data-testid="vote"][data-said="true"]').waitFor(LONG);
  await shoot('local_surgeon', 'room-rehearsal');
  await confirmStep('local_surgeon', 'voteGo');
  await stripState('operating_surgeon', 'cleared');
});

it('reads its lists one item at a time; another side in the time-out stops everything', async () => {
  const first = 'identity_site_procedure_consent';
  for (const role of ['local_surgeon', 'anaesthetist', 'nurse'] as const) {
    await item(role, first);
    await confirm(role);
  }
  for (const role of ['local_surgeon', 'operating_surgeon', 'nurse'] as const)
    await item(role, 'site_marked');
  expect(await page('nurse').getByTestId('confirm-item').count()).toBe(0);
  await readOut('sign_in', 1);
  await stripState('local_surgeon', 'signed_in');
  for (const as of confirmersOf('time_out', 'team_introduced'))
    await direct(as as Role, 'confirmItem', { item: 'team_introduced', as });
  const sun = page('nurse');
  await item('nurse', 'patient_site_procedure');
  expect(await sun.getByTestId('checklist-side').textContent()).toContain('右侧');
  await expectAccessible(sun);
  await sun.setViewportSize({ width: 390, height: 844 });
  await shoot('nurse', 'time-out-phone');
  await expectNoSidewaysScroll(sun);
  await sun.setViewportSize({ width: 1280, height: 800 });
  await sun.getByTestId('other-side').click();
  await sun.locator('[name="otherSide"][value="left"]').check();
  await send('nurse');
  await Promise.all([
    stripState('operating_surgeon', 'stopped'),
    stripState('local_surgeon', 'stopped'),
    ...(['nurse', 'anaesthetist', 'proctor'] as const).map((role) =>
      page(role).locator('[data-testid="stopped"][data-kind="wrong_side"]').waitFor(LONG),
    ),
  ]);
  expect(await page('operating_surgeon').getByTestId('step-start').count()).toBe(0);
});

it('is rehearsed and checked again, and begins with live pictures at the remote surgeon', async () => {
  const figures = { ageMs: 180, rttMs: 40, lossPercent: 0.1, carriers: 2 };
  await direct('nurse', 'rehearse', { ...figures, measuredAtMs: Date.now() });
  await direct('operating_surgeon', 'voteGo');
  await direct('local_surgeon', 'voteGo');
  await readOut('sign_in');
  await readOut('time_out');
  await confirmStep('operating_surgeon', 'start');
  await holds('operating_surgeon');
  const gao = page('operating_surgeon');
  await tile(gao, ':scope').first().waitFor(LONG);
  await expect.poll(async () => (await lookAt(gao, ':scope')).frames, { timeout: 30_000 }).toBeGreaterThan(0);
  await expectAccessible(gao);
  await shoot('operating_surgeon', 'room-operating');
});

it('hands authority over by two sides, and keeps it with one at any time', async () => {
  const [gao, chen] = [page('operating_surgeon'), page('local_surgeon')];
  await gao.getByTestId('offer-to').click();
  await chen.getByTestId('decline').click(LONG);
  await gao.getByTestId('offer').waitFor({ state: 'detached', ...LONG });
  await holds('operating_surgeon');
  await gao.getByTestId('offer-to').click();
  await chen.getByTestId('accept').click(LONG);
  await holds('local_surgeon');
  expect(await chen.getByTestId('take-over').count()).toBe(0);
  await direct('local_surgeon', 'offerAuthority', { to: accounts.operating_surgeon });
  await gao.getByTestId('accept').click(LONG);
  await holds('operating_surgeon');
});

it('is taken over by one press at any moment', async () => {
  await shoot('local_surgeon', 'room-take-over');
  await page('local_surgeon').getByTestId('take-over').click(LONG);
  await Promise.all([announced('takeover'), holds('local_surgeon')]);
  const said = strip('operating_surgeon').getByTestId('announcement');
  await said.getByRole('button').click();
  await said.waitFor({ state: 'detached' });
  await handBack();
});

it('a red link gives it to the local surgeon, and everybody sees it at once', async () => {
  await page('nurse').getByTestId('link-red').click(LONG);
  await Promise.all([announced('link_red'), holds('local_surgeon')]);
  // Over a red link nothing is handed back.
  expect(await page('local_surgeon').getByTestId('offer-to').count()).toBe(0);
  await expectAccessible(page('local_surgeon'));
  await shoot('operating_surgeon', 'room-red');
  await page('local_surgeon').setViewportSize({ width: 390, height: 844 });
  await shoot('local_surgeon', 'room-red-phone');
  await expectNoSidewaysScroll(page('local_surgeon'));
  await page('local_surgeon').setViewportSize({ width: 1280, height: 800 });
  await page('anaesthetist').getByTestId('link-good').click(LONG);
  await announced('link_good');
  await holds('local_surgeon');
  await handBack();
});

it('whoever operates from afar is missed at once when the connection is gone; the hub itself calls the link red', async () => {
  await page('operating_surgeon').goto(caseUrl);
  await page('local_surgeon').getByTestId('holder-away').waitFor(LONG);
  await strip('local_surgeon').locator('[data-testid="announcement"][data-kind="link_red"]').waitFor(LONG);
  // Who was in a moment ago comes back without the lobby, and does not have it.
  await page('operating_surgeon').goto(`${hub.url}/rooms/${roomId}`);
  await holds('local_surgeon');
});

it('ends in the local surgeon’s hands, is talked over, and is archived for everybody', async () => {
  await confirmStep('local_surgeon', 'finishOperating');
  await stripState('operating_surgeon', 'signing_out');
  await readOut('sign_out');
  await stripState('operating_surgeon', 'debriefing');
  const chen = page('local_surgeon');
  await chen.goto(caseUrl);
  await state('local_surgeon', 'debriefing');
  expect(await chen.getByTestId('step-debrief').count()).toBe(0);
  const debrief = chen.getByTestId('document-debrief');
  await debrief.locator('[name="course"]').fill('链路中断一次，本地接手。');
  await debrief.locator('[name="lessons"]').fill('第二条链路提前检查。');
  await expect.poll(() => debrief.getAttribute('data-saved'), LONG).toBe('true');
  await shoot('local_surgeon', 'debrief');
  await confirmStep('local_surgeon', 'debrief');
  await page('operating_surgeon').locator('[data-phase="ended"]').waitFor(LONG);
  await page('operating_surgeon').goto(caseUrl);
  for (const role of Object.keys(TEAM) as Role[]) {
    await state(role, 'closed');
    await page(role).getByTestId('document-text').getByText('第二条链路提前检查。').waitFor(LONG);
  }
  const log = page('operating_surgeon').getByTestId('authority-log').locator('li');
  expect(await log.last().textContent()).toContain('陈明');
  await expectAccessible(page('operating_surgeon'));
  await shoot('operating_surgeon', 'archive');
  const errors = Object.values(people).flatMap((person) => person.errors);
  expect(errors.filter((text) => !text.includes('409'))).toEqual([]);
});

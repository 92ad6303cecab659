import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { expectAccessible, expectNoSidewaysScroll } from './support/accessible.ts';
import { BoxProcess } from './support/box-process.ts';
import { launchBrowser, logIn, openPerson, type Person } from './support/browser.ts';
import { startDemoHub } from './support/demo-hub.ts';
import type { HubProcess } from './support/hub-process.ts';
import { oneFeed } from './support/small-feeds.ts';

const FEEDS = oneFeed({ framesPerSecond: 5, sound: false });
const PATIENCE = { timeout: 45_000 };

let hub: HubProcess;
let browser: Browser;
let box: BoxProcess | undefined;
let admin: Person;
beforeAll(async () => {
  hub = await startDemoHub({ DEMO_BOX: '0' });
  browser = await launchBrowser();
  admin = await openPerson(browser, { viewport: { width: 320, height: 800 } });
  await logIn(admin.page, hub.url, 'admin', await hub.demoPassword());
});
afterAll(async () => {
  await box?.stop();
  await browser?.close();
  await hub?.stop();
});

const stateShown = (page: Page, state: string) =>
  page.locator(`[data-testid="box-state"][data-state="${state}"]`).first().waitFor(PATIENCE);
const versionShown = (page: Page, version: number, outcome: string) =>
  page.locator(`[data-version="${version}"][data-outcome="${outcome}"]`).waitFor(PATIENCE);

async function expectGood(page: Page): Promise<void> {
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
}

/** Half a minute of it is silence; the rest is short on a quiet machine. */
const TIMEOUT_MS = 240_000;

it(
  'Enrol, revoke, reconfigure, roll back, offline and return are shown end to end in the browser',
  { timeout: TIMEOUT_MS },
  async () => {
    const { page } = admin;

    // Enrol.
    await page.goto(`${hub.url}/admin/boxes`);
    await page.getByTestId('add-box').click();
    await page.locator('input[name="name"]').fill('青山乡 超声室');
    await page.getByTestId('make-code').click();
    const code = await page.getByTestId('enrolment-code').innerText();
    await page.getByTestId('code-done').click();
    box = await BoxProcess.start({
      HUB_URL: hub.url,
      ENROL_CODE: code,
      FEEDS: JSON.stringify(FEEDS),
      HUB_SILENCE_S: '10',
    });
    const row = page.getByTestId('box-row').filter({ hasText: '青山乡 超声室' });
    await row.locator('[data-state="ready"]').waitFor(PATIENCE);
    await expectGood(page);
    await row.getByTestId('open-box').click();
    await page.getByTestId('box-name').waitFor();

    // Reconfigure: the form begins with what the box runs.
    await page.getByTestId('configure').click();
    await page.getByTestId('feed-fields').waitFor();
    await expectGood(page);
    const field = (label: string) => page.getByLabel(label, { exact: true }).first();
    expect(await field('代号').inputValue()).toBe('probe');
    await field('最低码率（kbit/s）').fill('9000');
    await page.getByTestId('save-config').click();
    await page.getByTestId('config-wrong').waitFor();
    expect(await field('最低码率（kbit/s）').getAttribute('aria-invalid')).toBe('true');
    await expectGood(page);
    await field('最低码率（kbit/s）').fill('100');
    await field('宽（像素）').fill('480');
    await page.getByTestId('save-config').click();
    await versionShown(page, 1, 'applied');

    // A configuration that does not work is taken back by the box, which says why.
    await page.getByTestId('configure').click();
    await field('来源').selectOption('file');
    await field('文件路径').fill('/no/such/film.mkv');
    await page.getByTestId('save-config').click();
    await versionShown(page, 2, 'rolled_back');
    await stateShown(page, 'care');
    await page.locator('[data-trouble="config_rolled_back"]').waitFor();
    await expectGood(page);

    // The administrator goes back to an earlier one.
    await page.getByRole('button', { name: '恢复此版：第 1 版' }).click();
    await page.getByTestId('confirm').click();
    await versionShown(page, 3, 'applied');
    await stateShown(page, 'ready');

    // Its log, without secrets.
    await page.getByTestId('ask-log').click();
    await page.getByTestId('log-download').waitFor(PATIENCE);
    const download = page.waitForEvent('download');
    await page.getByTestId('log-download').click();
    const log = await (await (await download).createReadStream()).toArray();
    const text = Buffer.concat(log as Buffer[]).toString();
    expect(text).toContain('configuration is good');
    expect(text).not.toContain(code);

    // Offline: half a minute without a word.
    await box.kill();
    await page.getByTestId('rename').click();
    await page.locator('input[name="name"]').fill('青山乡 二楼');
    await page.getByTestId('rename-confirm').click();
    await vi.waitFor(async () => expect(await page.getByTestId('box-name').innerText()).toBe('青山乡 二楼'));
    await stateShown(page, 'offline');

    // Return: with its key, without a code, with the configuration that it had.
    box.startAgain({ ENROL_CODE: '' });
    await stateShown(page, 'ready');
    await vi.waitFor(() => expect(box?.output.match(/"config":3/g)?.length).toBe(1), PATIENCE);

    // Revoke: shut out at once, and the box knows it.
    await page.getByTestId('revoke').click();
    await page.getByTestId('confirm').click();
    await stateShown(page, 'revoked');
    await vi.waitFor(() => expect(box?.output).toContain('the hub refuses this box'), PATIENCE);

    expect(admin.errors).toEqual([]);
  },
);

it('a box that was moved is gone from the page', async () => {
  const { page } = admin;
  await page.goto(`${hub.url}/admin/boxes`);
  const row = page.getByTestId('box-row').filter({ hasText: '瑞视盒·示范 1' });
  await row.getByTestId('open-box').click();
  await page.getByTestId('move').click();
  await page.getByTestId('move-confirm').click();
  await page.waitForURL(`${hub.url}/admin/boxes`);
  await vi.waitFor(async () => expect(await row.count()).toBe(0));
  expect(admin.errors).toEqual([]);
});

it('another institution, and another role, see nothing of it', async () => {
  const { page, context } = await openPerson(browser);
  const boxId = await admin.page.getByTestId('box-row').first().getAttribute('data-box');
  await logIn(page, hub.url, 'wang', await hub.demoPassword());
  for (const path of ['', '/config', '/log/l_123456']) {
    const answer = await page.goto(`${hub.url}/admin/boxes/${boxId}${path}`);
    expect(answer?.status(), path).toBe(403);
  }
  expect((await admin.page.goto(`${hub.url}/admin/boxes/no-such-box`))?.status()).toBe(404);
  await context.close();
});

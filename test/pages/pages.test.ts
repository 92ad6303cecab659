import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible, expectNoSidewaysScroll } from '../support/accessible.ts';
import { enterRoom, launchBrowser, logIn, openPage, openPerson } from '../support/browser.ts';
import { startDemoHub } from '../support/demo-hub.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { LOOKS } from '../support/looks.ts';
import { offer } from '../support/offers.ts';

let hub: HubProcess;
let browser: Browser;
let password: string;
let roomId: string;

beforeAll(async () => {
  hub = await startDemoHub();
  browser = await launchBrowser();
  password = await hub.demoPassword();
  const { page, context } = await openPerson(browser);
  await logIn(page, hub.url, 'wang', password);
  const link = await page.locator('a[href*="/rooms/"]').first().getAttribute('href');
  roomId = link!.split('/').at(-1)!;
  await context.close();
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

describe.each(LOOKS)('$name', ({ viewport, locale, colorScheme }) => {
  const look = { viewport, locale, colorScheme };

  it.each(['/login', '/invite#not-a-real-invitation', '/no-such-page'])('%s', async (path) => {
    const { page, context } = await openPerson(browser, look);
    await openPage(page, hub.url + path);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await context.close();
  });

  it('home and administration', async () => {
    const { page, context } = await openPerson(browser, look);
    await logIn(page, hub.url, 'admin', password);
    for (const path of ['/', '/admin/boxes', '/admin/publishers', '/admin/accounts']) {
      await openPage(page, hub.url + path);
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    }
    await context.close();
  });

  it('lobby and room', async () => {
    const { page, context } = await openPerson(browser, look);
    await logIn(page, hub.url, 'wang', password);
    await page.goto(`${hub.url}/rooms/${roomId}`);
    await page.locator('[data-testid="lobby-join"]:enabled').waitFor();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await enterRoom(page, hub.url, roomId);
    await page.getByTestId('feed-tile').first().waitFor({ timeout: 20_000 });
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await page.getByTestId('leave').click();
    await context.close();
  });
});

describe('the wrong person', () => {
  it('is sent to log in, and back to where he wanted to go', async () => {
    const { page, context } = await openPerson(browser);
    await page.goto(`${hub.url}/rooms/${roomId}`);
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.locator('input[name="username"]').fill('li');
    await page.locator('input[name="password"]').fill(password);
    await page.locator('button[type="submit"]').click();
    await page.waitForURL(`**/rooms/${roomId}`);
    await context.close();
  });

  it('who is not listed sees nothing of the patient and must knock', async () => {
    const { page, context } = await openPerson(browser);
    await logIn(page, hub.url, 'sun', password);
    await page.goto(`${hub.url}/rooms/${roomId}`);
    await page.getByTestId('lobby-join').waitFor();
    expect(await page.content()).not.toContain('张*华');
    await page.getByTestId('lobby-join-without-camera').click();
    await page.locator('[data-phase="waiting"]').waitFor({ timeout: 15_000 });
    expect(await page.content()).not.toContain('张*华');
    await context.close();
  });

  it('with a wrong password hears so in words, and the page does not say which of the two was wrong', async () => {
    const { page, context } = await openPerson(browser);
    await page.goto(`${hub.url}/login`);
    await page.locator('input[name="username"]').fill('wang');
    await page.locator('input[name="password"]').fill('not the password');
    await page.locator('button[type="submit"]').click();
    await page.getByRole('alert').first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/login');
    await context.close();
  });

  it('nobody but an administrator sees the boxes and the WHIP devices', async () => {
    const { page, context } = await openPerson(browser);
    await logIn(page, hub.url, 'wang', password);
    for (const path of ['/admin/boxes', '/admin/publishers']) {
      const answer = await page.goto(hub.url + path);
      expect(answer?.status()).toBe(403);
    }
    await context.close();
  });
});

describe('an administrator', () => {
  it('lets a WHIP device in, sees its token once, and revokes it', async () => {
    const { page, context } = await openPerson(browser);
    await logIn(page, hub.url, 'admin', password);
    await openPage(page, `${hub.url}/admin/publishers`);
    await page.getByTestId('add-stream-key').click();
    await page.locator('input[name="name"]').fill('腹腔镜塔车');
    await page.locator('select[name="target"]').selectOption(`room:${roomId}`);
    await page.getByTestId('make-stream-key').click();
    const endpoint = (await page.getByTestId('stream-endpoint').textContent())!.trim();
    const token = (await page.getByTestId('stream-token').textContent())!.trim();
    await expectAccessible(page);
    await page.getByTestId('stream-done').click();
    // The dialog fades out: its text is there until that is over.
    await page.getByTestId('stream-token').waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(token);
    const post = async () => {
      const headers = { 'content-type': 'application/sdp', authorization: `Bearer ${token}` };
      return (await fetch(endpoint, { method: 'POST', headers, body: offer() })).status;
    };
    expect(await post()).toBe(201);
    await page.getByRole('button', { name: /撤销: 腹腔镜塔车/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: '撤销' }).click();
    await page.getByTestId('stream-key').getByText('已撤销').waitFor();
    expect(await post()).toBe(401);
    await context.close();
  });
});

describe('a patient', () => {
  it('comes by a link, knocks, is admitted, and the link serves no other browser', async () => {
    const doctor = await openPerson(browser);
    await logIn(doctor.page, hub.url, 'wang', password);
    await enterRoom(doctor.page, hub.url, roomId);
    const link = await invitationLink(doctor.page);
    expect(new URL(link).hash.length).toBeGreaterThan(20);
    expect(new URL(link).search).toBe('');

    const patient = await openPerson(browser, { viewport: { width: 390, height: 844 } });
    await patient.page.goto(link);
    await patient.page.getByTestId('lobby-join').click({ timeout: 20_000 });
    await doctor.page.getByTestId('admit').click({ timeout: 20_000 });
    await patient.page.getByTestId('room-stage').waitFor({ timeout: 20_000 });

    const other = await openPerson(browser);
    await other.page.goto(link);
    await other.page.getByTestId('invite-expired').waitFor();
    for (const person of [doctor, patient, other]) await person.context.close();
  });
});

it('a connection rests for longer than the proxies of hospitals keep one', async () => {
  const { headers } = await fetch(`${hub.url}/readyz`);
  expect(headers.get('keep-alive')).toBe('timeout=75');
});

async function invitationLink(page: Page): Promise<string> {
  await page.getByTestId('more').click();
  await page.getByTestId('invite').click();
  await page.getByTestId('invite-name').fill('张三');
  await page.getByTestId('invite-create').click();
  const link = await page.getByTestId('invite-url').inputValue();
  await page.keyboard.press('Escape');
  return link;
}

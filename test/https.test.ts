import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Browser } from 'playwright-core';
import { SESSION_COOKIE } from '../src/lib/identity/index.ts';
import { enterRoom, launchBrowser, logIn, openPerson } from './support/browser.ts';
import { HubProcess } from './support/hub-process.ts';
import { lookAt } from './support/room-page.ts';

let hub: HubProcess;
let browser: Browser;
beforeAll(async () => {
  hub = await HubProcess.start({ HOST: '0.0.0.0' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await hub?.stop();
});

it('on every address the hub speaks https with a certificate of its own; camera, box and cookie go along', async () => {
  const { page, context, errors } = await openPerson(browser, { ignoreHTTPSErrors: true });
  await logIn(page, hub.url, 'li', await hub.demoPassword());
  const cookie = (await context.cookies()).find(({ name }) => name === SESSION_COOKIE);
  expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax' });
  const link = await page.locator('a[href*="/rooms/"]').first().getAttribute('href');
  await enterRoom(page, hub.url, link!.split('/').at(-1)!);
  await vi.waitFor(async () => expect((await lookAt(page, ':probe')).frames).toBeGreaterThan(3), {
    timeout: 30_000,
  });
  expect(errors).toEqual([]);
});

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';
import { writeFakeCamera } from './fake-camera.ts';

/** Debian's Chromium, with a camera and a microphone of its own making; `full`: as large and quick as a page asks for. */
export async function launchBrowser(options: { camera?: 'small' | 'full' } = {}): Promise<Browser> {
  const home = await mkdtemp(path.join(tmpdir(), 'rui-chromium-'));
  const camera = path.join(home, 'camera.y4m');
  await writeFakeCamera(camera);
  return chromium.launch({
    executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      ...(options.camera === 'full' ? [] : [`--use-file-for-fake-video-capture=${camera}`]),
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      // Pages in the background must go on like those in front: a test has several.
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
    ],
    env: { ...process.env, HOME: home },
  });
}

export interface Person {
  context: BrowserContext;
  page: Page;
  /** Errors that the page did not catch; tests end by looking at them. */
  errors: string[];
  /** Names of the notices that the hub has sent to the page. */
  notices: Set<string>;
}

export async function openPerson(browser: Browser, options: BrowserContextOptions = {}): Promise<Person> {
  const context = await browser.newContext({
    locale: 'zh-CN',
    viewport: { width: 1280, height: 800 },
    permissions: ['camera', 'microphone'],
    // What moves into its place is waited for at every press, and drawn by the cores that tests share.
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  const notices = new Set<string>();
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const name = /^42\["notice",\{"type":"([a-zA-Z.]+)"/.exec(String(payload))?.[1];
      if (name) notices.add(name);
    }),
  );
  return { context, page, errors, notices };
}

/** As the page for it does, which has tests of its own; what follows begins on the home page. */
export async function logIn(page: Page, url: string, username: string, password: string): Promise<void> {
  const logInOnce = () =>
    page.request.post(`${url}/api/session`, {
      headers: { origin: new URL(url).origin },
      data: { username, password },
    });
  let answer = await logInOnce();
  // "Try again": cores that other tests use may keep the hub from its database for its five seconds.
  for (let again = 0; answer.status() === 503 && again < 5; again++) answer = await logInOnce();
  if (!answer.ok()) throw new Error(`${username} cannot log in: ${answer.status()}`);
  await openPage(page, url);
}

/** Goes there, and waits until its buttons do something. */
export async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await alive(page);
}

/** Waits until the page that is there is more than what the hub has sent. */
export async function alive(page: Page): Promise<void> {
  await page.locator('html[data-alive]').waitFor({ state: 'attached', timeout: 20_000 });
}

/** From the home page into the room; by the lobby's main button, with camera and microphone. */
export async function enterRoom(page: Page, url: string, roomId: string): Promise<void> {
  await page.goto(`${url}/rooms/${roomId}`);
  await page.getByTestId('lobby-join').click({ timeout: 20_000 });
  await page.getByTestId('room-stage').waitFor({ timeout: 20_000 });
}

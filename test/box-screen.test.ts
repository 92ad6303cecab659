import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PictureDecoder } from '../edge-box/src/media/testing/picture-decoder.ts';
import { freePort } from '../src/lib/storage/embedded/free-port.ts';
import { expectAccessible, expectNoSidewaysScroll } from './support/accessible.ts';
import { BoxProcess } from './support/box-process.ts';
import { enterRoom, launchBrowser, logIn, openPerson, type Person } from './support/browser.ts';
import { startDemoHub } from './support/demo-hub.ts';
import { enrolmentCode } from './support/enrolment.ts';
import type { HubProcess } from './support/hub-process.ts';
import { oneFeed } from './support/small-feeds.ts';

const FEEDS = JSON.stringify(oneFeed());
const PATIENCE = { timeout: 30_000 };
const SHOTS = process.env['SCREEN_SHOTS'];

let hub: HubProcess;
let browser: Browser;
let box: BoxProcess;
let doctor: Person;
let screen: Page;
let screenUrl: string;

beforeAll(async () => {
  hub = await startDemoHub({ DEMO_BOX: '0' });
  browser = await launchBrowser();
  const port = await freePort();
  screenUrl = `http://127.0.0.1:${port}/`;
  box = await BoxProcess.start({
    HUB_URL: hub.url,
    ENROL_CODE: await enrolmentCode(hub, '青山乡 超声室'),
    FEEDS,
    BOX_NAME: '青山乡 超声室',
    BOX_SCREEN_PORT: String(port),
  });
  doctor = await openPerson(browser);
  await logIn(doctor.page, hub.url, 'wang', await hub.demoPassword());
  screen = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await vi.waitFor(() => screen.goto(screenUrl), { ...PATIENCE, interval: 200 });
});
afterAll(async () => {
  await box?.stop();
  await browser?.close();
  await hub?.stop();
});

interface Home {
  nodes: ({ data?: unknown[] } | null)[];
}

/** What the home page was given, found by the name of a field; SvelteKit sends it flattened, with indexes for values. */
async function fromHome(field: string): Promise<string[]> {
  const answer = await doctor.context.request.get(`${hub.url}/__data.json`);
  const { nodes } = (await answer.json()) as Home;
  return nodes.flatMap((node) =>
    (node?.data ?? []).flatMap((one) =>
      typeof one === 'object' && one !== null && field in one
        ? [String(node?.data?.[(one as Record<string, number>)[field] ?? -1])]
        : [],
    ),
  );
}

/** With a patient, and served by the box. */
async function openRoom(): Promise<string> {
  const [accountId] = await fromHome('ownAccountId');
  const boxId = (await fromHome('boxId')).at(-1);
  const patient = {
    maskedName: '张*华',
    sex: 'female',
    ageYears: 63,
    maskedId: '****1234',
    laterality: 'unset',
  };
  const participants = [{ accountId, role: 'rural_doctor' }];
  const room = { kind: 'exam', title: '远程超声检查', patient, participants, boxId };
  const answer = await doctor.context.request.post(`${hub.url}/?/create`, {
    headers: { origin: hub.url, accept: 'application/json', 'x-sveltekit-action': 'true' },
    form: { room: JSON.stringify(room) },
  });
  return /r_[A-Za-z0-9_-]+/.exec(await answer.text())?.[0] ?? '';
}

/** The one capture in the room's record, as the doctor gets it. */
async function keptPictureOf(roomId: string): Promise<Buffer> {
  const record = `${hub.url}/rooms/${roomId}/record`;
  const { request } = doctor.context;
  const href = await vi.waitFor(async () => {
    const page = await (await request.get(record)).text();
    const [first, ...others] = new Set(page.match(/\/rooms\/[\w-]+\/record\/capture\/[\w/-]+/g));
    expect(others).toEqual([]);
    expect(page).toContain('<img');
    return first ?? '';
  }, PATIENCE);
  const picture = await request.get(hub.url + href);
  expect(picture.headers()['content-type']).toBe('image/jpeg');
  return picture.body();
}

const shows = (id: string, text: string) =>
  screen.locator(`#${id}`, { hasText: text }).first().waitFor(PATIENCE);

/** What the screen says while the camera, on cores that others use, is not back yet: none so far, none of late, press again. */
const NOT_BACK_YET = /图像未保存：(还没有画面|画面已中断|请再按一次)/;

/** Two quick presses are one. While the camera is not back yet one presses again, and for no other reason. */
async function keepPicture(): Promise<void> {
  const said = screen.locator('#said');
  const press = async (): Promise<string> => {
    await screen.locator('#keep').dblclick();
    await expect.poll(() => said.innerText(), PATIENCE).not.toContain('正在保存');
    return said.innerText();
  };
  const deadlineMs = performance.now() + PATIENCE.timeout;
  let words = await press();
  while (NOT_BACK_YET.test(words) && performance.now() < deadlineMs) words = await press();
  expect(words).toContain('✓ 图像已保存，待上传');
}

async function shoot(name: string): Promise<void> {
  if (SHOTS) await screen.screenshot({ path: `${SHOTS}/${name}.png` });
}

/** All of the page at a glance, buttons big enough for gloves. */
async function expectFits(width: number, height: number): Promise<void> {
  await screen.setViewportSize({ width, height });
  await expectNoSidewaysScroll(screen);
  const { scrolls, small } = await screen.evaluate(() => ({
    scrolls: document.documentElement.scrollHeight > innerHeight,
    small: [...document.querySelectorAll('button')].filter((button) => {
      const { width, height } = button.getBoundingClientRect();
      return button.checkVisibility() && (width < 56 || height < 56);
    }).length,
  }));
  expect({ scrolls, small }).toEqual({ scrolls: false, small: 0 });
}

async function expectGoodInEveryDress(name: string): Promise<void> {
  for (const [width, height] of [
    [800, 480],
    [1280, 800],
  ] as const)
    for (const theme of ['dark', 'light'])
      for (const language of ['zh', 'en']) {
        await expectFits(width, height);
        await shoot(`${name}-${width}-${theme}-${language}`);
        if (width === 1280 && (theme === 'dark') === (language === 'zh')) await expectAccessible(screen);
        await screen.locator('#language').click();
        if (language === 'en') await screen.locator('#theme').click();
      }
}

it('the box calls for help; who answers is shown; patient, privacy and mute are seen in the room', async () => {
  await shows('link-word', '待命');
  await screen.locator('#keep').click();
  await shows('said', '盒子不在房间内');
  const roomId = await openRoom();
  await shows('patient-line', '张*华');

  // Called, taken back, called again; answered on the home page.
  await doctor.page.goto(hub.url);
  const call = doctor.page.getByTestId('box-call').filter({ hasText: '青山乡 超声室' });
  await screen.locator('#call').click();
  await call.waitFor(PATIENCE);
  await expectAccessible(doctor.page);
  if (SHOTS) await doctor.page.screenshot({ path: `${SHOTS}/home-call.png` });
  await shows('call', '正在呼叫');
  await screen.locator('#call').click();
  await call.waitFor({ state: 'detached', ...PATIENCE });
  await screen.locator('#call').click();
  await call.getByTestId('answer-call').click(PATIENCE);
  await doctor.page.waitForURL(/\/rooms\//, PATIENCE);
  await shows('call', '王丽 已接听');
  await shows('link-word', '网络良好');
  expect(doctor.page.url()).toContain(roomId);
  await enterRoom(doctor.page, hub.url, roomId);
  await shows('people-list', '王丽');
  await expectGoodInEveryDress('room');

  // Privacy: the room sees a pause, not a black lie.
  const tile = doctor.page.locator('[data-feed-id$=":probe"]').first();
  await tile.waitFor(PATIENCE);
  await screen.locator('#privacy').click();
  await shows('banner', '摄像头和麦克风已关闭');
  await shows('privacy', '房间内显示为暂停');
  await expect.poll(() => tile.innerText(), PATIENCE).toMatch(/暂停/);
  await screen.locator('#keep').click();
  await shows('said', '请先关闭隐私模式');
  await expectFits(800, 480);
  await shoot('privacy');
  await screen.setViewportSize({ width: 1280, height: 800 });
  await expectAccessible(screen);
  // Who closed it must not find it open after a start.
  await box.kill('SIGKILL');
  await shows('banner', '失去联系');
  box.startAgain();
  await shows('banner', '摄像头和麦克风已关闭');
  await shows('privacy', '房间内显示为暂停');
  await screen.locator('#privacy').click();
  await shows('said', '恢复');
  await expect.poll(() => tile.innerText(), PATIENCE).not.toMatch(/暂停/);

  // A picture for the record, as the device gave it.
  await keepPicture();
  const kept = new PictureDecoder('jpeg').decode(await keptPictureOf(roomId));
  expect(kept).toMatchObject({ width: 320, height: 180, code: expect.any(Number) });
  // And as somebody in the room wishes.
  await tile.getByTestId('keep-picture').click();
  await doctor.page.getByText('图像已在盒子上保存').waitFor(PATIENCE);

  await screen.locator('#mute').click();
  await shows('mute', '声音已关闭');
  await screen.locator('#mute').click();
  await shows('mute', '声音已打开');

  // Self-test.
  await screen.locator('#self-test').click();
  await screen.locator('#self-test-checks li').first().waitFor(PATIENCE);
  await shows('self-test-checks', '✓ 图像 超声');
  await shoot('self-test');
  await expectAccessible(screen);
  await screen.locator('#self-test-close').click();

  // This patient, this side.
  await shows('patient-side', '侧别未定');
  await screen.locator('#confirm').click();
  await shoot('confirm');
  await expectAccessible(screen);
  await screen.locator('#sides [data-side="right"]').click();
  await shows('patient-side', '右侧');
  await doctor.page.getByTestId('patient-confirmed').waitFor(PATIENCE);
  await expect.poll(() => doctor.page.locator('.patient .side').first().innerText(), PATIENCE).toBe('右侧');
  await shoot('confirmed');

  // Without a hub a picture is kept all the same, and waits.
  await hub.kill('SIGKILL');
  await screen.locator('#keep').click();
  await shows('said', '✓ 图像已保存，待上传');
  await shows('outbox-line', '条');
});

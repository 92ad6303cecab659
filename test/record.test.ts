import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { and, asc, eq } from 'drizzle-orm';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { decodeBatch, encodeBatch } from '../src/lib/signaling/contract/index.ts';
import { boxRecord, room } from '../src/lib/storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../src/lib/storage/testing/test-database.ts';
import { unpackVitals } from '../src/lib/vitals/chunk.ts';
import { MDC } from '../src/lib/vitals/frame.ts';
import { BoxIdentity } from '../edge-box/src/enrolment/identity.ts';
import { enrolBox, fetchBoxToken } from '../edge-box/src/enrolment/hub-api.ts';
import { replaceEnrolmentCode } from '../src/lib/identity/boxes.ts';
import { createIdentity } from '../src/lib/identity/index.ts';
import { Records } from '../src/lib/records/index.ts';
import { expectAccessible, expectNoSidewaysScroll } from './support/accessible.ts';
import { BoxProcess } from './support/box-process.ts';
import { launchBrowser, logIn, openPerson } from './support/browser.ts';
import { HubProcess } from './support/hub-process.ts';
import { TcpRelay } from './support/tcp-relay.ts';

/** Longer than what still counts as in time. */
const OUTAGE_MS = 14_000;
const PATIENCE = { timeout: 60_000, interval: 250 };
/** No pictures: they are not what is tested, and would take the cores. */
const FEEDS = { video: [], audio: null, vitalsSlot: 'vitals' };

let database: TestDatabase;
let hub: HubProcess;
let relay: TcpRelay;
let box: BoxProcess;
let browser: Browser;
let roomId: string;

beforeAll(async () => {
  database = await startTestDatabase();
  hub = await HubProcess.start({ DATABASE_URL: database.url, DEMO_BOX: '0' });
  relay = await TcpRelay.to(hub.port);
  browser = await launchBrowser();
});
afterAll(async () => {
  await box?.stop();
  await browser?.close();
  await relay?.close();
  await hub?.stop();
  await database?.stop();
});

const rows = (kind: 'vitals' | 'event') =>
  database.db
    .select()
    .from(boxRecord)
    .where(and(eq(boxRecord.kind, kind), eq(boxRecord.roomId, roomId)))
    .orderBy(asc(boxRecord.number));

it('a cut line loses no vital sign and doubles none, and the record shows what came late, and what is missing', async () => {
  const { db } = database;
  // The demo room and its box, which is ours here.
  const [demoRoom] = await db.select().from(room);
  roomId = demoRoom!.id;
  const boxId = demoRoom!.boxId!;
  const { code } = await db.transaction((tx) => replaceEnrolmentCode(tx, boxId, Date.now()));
  box = await BoxProcess.start({ HUB_URL: relay.url, ENROL_CODE: code, FEEDS: JSON.stringify(FEEDS) });
  await vi.waitFor(async () => expect((await rows('vitals')).length).toBeGreaterThan(5), PATIENCE);

  relay.cut();
  const cutAtMs = Date.now();
  await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
  const during = (await rows('vitals')).filter(({ takenAt }) => takenAt!.getTime() > cutAtMs + 2000);
  expect(during).toEqual([]);
  relay.mend();
  const mendedAtMs = Date.now();
  await vi.waitFor(async () => {
    const last = (await rows('vitals')).at(-1)!;
    expect(last.takenAt!.getTime()).toBeGreaterThan(mendedAtMs + 3000);
  }, PATIENCE);
  // And it dies without a word, and comes back.
  await box.kill('SIGKILL');
  const beforeDeath = (await rows('vitals')).at(-1)!.number;
  await new Promise((resolve) => setTimeout(resolve, 4000));
  box.startAgain();
  await vi.waitFor(async () => {
    expect((await rows('vitals')).filter(({ number }) => number > beforeDeath).length).toBeGreaterThan(6);
  }, PATIENCE);

  const vitals = await rows('vitals');
  const all = await db.select({ number: boxRecord.number }).from(boxRecord).orderBy(asc(boxRecord.number));
  expect(all.map(({ number }) => number)).toEqual(all.map((_, i) => i + 1));
  // Each run of the box numbers its ECG blocks from 0: none is missing up to the death, and none came twice.
  const sequences = vitals.map(({ body }) =>
    unpackVitals(inflateRawSync(body!))
      .filter(({ code }) => code === MDC.ecgLeadII)
      .map(({ sequence }) => sequence),
  );
  const ecg = sequences.flat();
  const secondRun = ecg.findIndex((sequence, i) => i > 0 && sequence < ecg[i - 1]!);
  for (const run of [ecg.slice(0, secondRun), ecg.slice(secondRun)]) {
    expect(run).toEqual(run.map((_, i) => run[0]! + i));
  }

  await addLateCaptures(boxId, vitals[3]!.takenAt!.getTime());
  const { page } = await openPerson(browser, { viewport: { width: 320, height: 800 } });
  await logIn(page, hub.url, 'admin', await hub.demoPassword());
  await page.goto(`${hub.url}/rooms/${roomId}/record`);
  expect(await page.getByTestId('record-late').count()).toBeGreaterThan(0);
  expect(await page.getByTestId('record-gap').allInnerTexts()).toEqual([expect.stringContaining('重新启动')]);
  await page.locator('[data-testid="record-capture"] img').first().waitFor();
  expect(await page.getByTestId('record-capture').first().innerText()).toContain('晚到');
  expect(
    await page
      .locator('[data-testid="record-capture"] img')
      .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
  ).toBe(1);
  // The film shows its first picture before anybody presses, and plays.
  const film = page.locator('[data-testid="record-capture"] video');
  const shownWidth = () => film.evaluate((video: HTMLVideoElement) => video.videoWidth);
  await expect.poll(shownWidth, PATIENCE).toBe(320);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  if (process.env['SHOTS'])
    await page.screenshot({ path: `${process.env['SHOTS']}/record-phone.png`, fullPage: true });
  await film.evaluate((video: HTMLVideoElement) => video.play());
  await expect
    .poll(() => film.evaluate((video: HTMLVideoElement) => video.currentTime), PATIENCE)
    .toBeGreaterThan(0.5);

  const wide = await openPerson(browser, {
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    colorScheme: 'dark',
  });
  await logIn(wide.page, hub.url, 'wang', await hub.demoPassword());
  await wide.page.goto(`${hub.url}/rooms/${roomId}/record`);
  await wide.page.getByTestId('record-capture').first().waitFor();
  await expectAccessible(wide.page);
  if (process.env['SHOTS'])
    await wide.page.screenshot({ path: `${process.env['SHOTS']}/record-wide.png`, fullPage: true });

  // Nobody else, not even by the address of a picture.
  const href = await page.locator('[data-testid="record-capture"] img').getAttribute('src');
  const anonymous = await fetch(hub.url + href!, { redirect: 'manual' });
  expect(anonymous.status).toBe(303);
  const other = await openPerson(browser);
  await logIn(other.page, hub.url, 'chen', await hub.demoPassword());
  expect((await other.page.goto(`${hub.url}/rooms/${roomId}/record`))?.status()).toBe(404);
  expect((await other.page.goto(hub.url + href!))?.status()).toBe(404);
}, 240_000);

it('the endpoint for boxes answers each kind of bad input by its name, and a revoked box not at all', async () => {
  const { db } = database;
  const { boxes } = createIdentity({ db, log: { warn: () => undefined } });
  const { institutionId } = (await db.select().from(room))[0]!;
  const { code } = await boxes.createEnrolmentCode({ institutionId, name: '试验盒' });
  const folder = await mkdtemp(path.join(tmpdir(), 'rui-box-'));
  const identity = BoxIdentity.load(folder);
  await rm(folder, { recursive: true });
  const boxId = await enrolBox(hub.url, { code, publicKey: identity.publicKey, name: '试验盒' });
  const { token } = await fetchBoxToken(hub.url, identity.proveFor(boxId, Date.now()));

  const post = async (body: BodyInit, headers: Record<string, string> = {}) => {
    const sent = {
      'content-type': 'application/vnd.rui.records',
      authorization: `Bearer ${token}`,
      ...headers,
    };
    const response = await fetch(`${hub.url}/api/box/records`, { method: 'POST', headers: sent, body });
    return [response.status, await response.json()];
  };
  const refused = (status: number, code: string, more: object = {}) => [
    status,
    { error: { code, message: expect.any(String), ...more } },
  ];
  const batch = (first: number, data: object = { type: 'path.restored' }) => {
    const said = { number: first, boxAtMs: Date.now(), clockRun: 'by-hand-2', hubOffsetMs: 0, roomId };
    const json = JSON.stringify({ ...said, kind: 'event', data, bytes: 0 });
    return encodeBatch({
      outboxId: 'D'.repeat(22),
      gapFrom: null,
      records: [{ json, body: new Uint8Array() }],
    });
  };
  expect(await post(batch(1), { authorization: '' })).toEqual(refused(401, 'unauthenticated'));
  expect(await post(batch(1), { authorization: 'Bearer AAAAAAAAAAAAAAAA' })).toEqual(
    refused(401, 'unauthenticated'),
  );
  expect(await post(batch(1), { 'content-type': 'application/json' })).toEqual(
    refused(400, 'invalid_message'),
  );
  expect(await post('garbage')).toEqual(refused(400, 'invalid_message'));
  expect(await post(new Uint8Array(460_000))).toEqual(refused(413, 'message_too_large'));
  expect(await post(batch(1, { type: 'magic' }))).toEqual(refused(400, 'invalid_message', { record: 1 }));
  expect(await post(batch(5))).toEqual(refused(409, 'out_of_order', { record: 5, expected: 1 }));
  expect(await post(batch(1))).toEqual([200, { outboxId: 'D'.repeat(22), through: 1 }]);
  // It never served that room: kept, but not in the room.
  const [row] = await db.select().from(boxRecord).where(eq(boxRecord.boxId, boxId));
  expect(row).toMatchObject({ roomId: null, claimedRoomId: roomId, roomClaim: 'notServed' });
  expect(await post(batch(1, { type: 'room.entered' }))).toEqual(refused(409, 'conflict', { record: 1 }));
  await boxes.revoke(boxId);
  expect(await post(batch(2))).toEqual(refused(401, 'unauthenticated'));
}, 60_000);

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Two seconds of moving bars, as small as they go. */
async function shortFilm(): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rui-film-'));
  const file = path.join(folder, 'film.mp4');
  const source = ['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=10:duration=2'];
  const shape = ['-pix_fmt', 'yuv420p', '-movflags', '+faststart'];
  await promisify(execFile)('ffmpeg', ['-v', 'error', ...source, ...shape, file]);
  const bytes = await readFile(file);
  await rm(folder, { recursive: true });
  return bytes;
}

/** This box has no pictures; what one would send is put in behind the endpoint. */
async function addLateCaptures(boxId: string, atMs: number): Promise<void> {
  const captures = [
    { mediaType: 'image/png', label: '定格', body: PIXEL },
    { mediaType: 'video/mp4', label: '超声 · 本机录像 1', body: await shortFilm() },
  ] as const;
  const common = { boxAtMs: atMs, clockRun: 'by-hand-1', hubOffsetMs: 0, roomId };
  const records = captures.flatMap(({ body, ...capture }, i) => {
    const number = 2 * i + 1;
    const sha256 = createHash('sha256').update(body).digest('hex');
    const data = { ...capture, bytes: body.length, parts: 1, sha256 };
    return [
      {
        json: JSON.stringify({ ...common, number, kind: 'capture', data, bytes: 0 }),
        body: new Uint8Array(),
      },
      {
        json: JSON.stringify({
          ...{ ...common, number: number + 1, kind: 'capturePart', data: { capture: number, part: 0 } },
          bytes: body.length,
        }),
        body,
      },
    ];
  });
  const batch = encodeBatch({ outboxId: 'C'.repeat(22), gapFrom: null, records });
  await new Records(database.db).accept(boxId, decodeBatch(batch));
}

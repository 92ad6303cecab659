import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AccountPrincipal } from '../src/lib/identity/index.ts';
import { launchBrowser } from './support/browser.ts';
import { startLocalHub, type LocalHub } from './support/hub-in-process.ts';
import { Stage } from './support/stage.ts';
import { openStreamDoor } from './support/stream-door.ts';

/** Publishers and viewers in here are other people's: FFmpeg's WHIP muxer, and a WHIP and WHEP library in Chromium. */
const LIBRARY = path.resolve(import.meta.dirname, '../node_modules/whip-whep');
const PAGE = `<!doctype html><video autoplay playsinline></video><script type="module">
import { WHIPClient } from '/whip.js'; import { WHEPClient } from '/whep.js';
window.library = { whip: WHIPClient, whep: WHEPClient };
</script>`;
const GRACE_MS = 1000;

let local: LocalHub;
let door: Awaited<ReturnType<typeof openStreamDoor>>;
let browser: Browser;

beforeAll(async () => {
  local = await startLocalHub({
    MEMBER_GRACE_MS: `${GRACE_MS}`,
    MEDIA_WORKERS: '1',
    ICE_SERVERS: 'stun:stun.example.org:3478,turn:turn.example.org?transport=udp',
    TURN_USERNAME: 'rui',
    TURN_CREDENTIAL: 'secret',
  });
  door = await openStreamDoor(local.hub, {
    '/': { type: 'text/html', body: PAGE },
    '/whip.js': { type: 'text/javascript', body: await whipLibrary() },
    '/whep.js': { type: 'text/javascript', body: await readFile(`${LIBRARY}/whep.js`, 'utf8') },
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  door?.close();
  await local?.close();
});

/** As it is, but for a slip in its ICE restart: it puts commas between the candidates, if there are several. */
async function whipLibrary(): Promise<string> {
  const source = await readFile(`${LIBRARY}/whip.js`, 'utf8');
  expect(source).toContain('candidates.join()');
  return source.replace('candidates.join()', "candidates.join('')");
}

async function key(
  stage: Stage,
  access: 'publish' | 'view',
  target: { roomId: string } | { boxId: string } = { roomId: stage.roomId },
) {
  const { institutionId, accountId } = stage.as('specialist') as AccountPrincipal;
  const made = await local.hub.identity.streamKeys.create({
    name: access === 'publish' ? '腹腔镜' : '示教室',
    access,
    pictureClass: access === 'publish' ? 'clinical' : null,
    target,
    validDays: 1,
    institutionId,
    createdBy: accountId,
  });
  return { ...made, memberId: `w_${made.keyId}`, institutionId };
}

const feedsOf = async (stage: Stage, memberId: string) =>
  Object.values((await stage.state()).feeds).filter((feed) => feed.memberId === memberId);
const gone = (stage: Stage, memberId: string, timeout = 10_000) =>
  vi.waitFor(async () => expect((await stage.state()).members).not.toHaveProperty(memberId), { timeout });

interface Client {
  publish(pc: RTCPeerConnection, url: string, token: string): Promise<void>;
  view(pc: RTCPeerConnection, url: string, token: string): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}
interface Streaming {
  library: Record<'whip' | 'whep', new () => Client>;
  client: Client;
  pc: RTCPeerConnection;
}

/** Somebody else's code in a page; `client` stays there as `window.client`. */
async function inPage(kind: 'whip' | 'whep', token: string, query = ''): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(door.url);
  await page.evaluate(
    async ([kind, url, token]) => {
      const pc = new RTCPeerConnection();
      if (kind === 'whip') {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
        for (const track of stream.getTracks()) pc.addTransceiver(track, { direction: 'sendonly' });
      } else {
        const shown = new MediaStream();
        document.querySelector('video')!.srcObject = shown;
        pc.ontrack = ({ track }) => shown.addTrack(track);
        pc.addTransceiver('video', { direction: 'recvonly' });
        pc.addTransceiver('audio', { direction: 'recvonly' });
      }
      const client = new (window as unknown as Streaming).library[kind]();
      Object.assign(window, { client, pc });
      if (kind === 'whip') await client.publish(pc, url, token);
      else await client.view(pc, url, token);
    },
    [kind, `${door.url}/${kind}${query}`, token] as const,
  );
  return page;
}

const decodedFrames = (page: Page) =>
  page.evaluate(() => document.querySelector('video')!.getVideoPlaybackQuality().totalVideoFrames);
const moreFrames = async (page: Page, by: number) => {
  const before = await decodedFrames(page);
  await vi.waitFor(async () => expect(await decodedFrames(page)).toBeGreaterThan(before + by), {
    timeout: 15_000,
    interval: 200,
  });
};

describe('a WHIP publisher that we did not write', () => {
  it('FFmpeg: connects, is seen and heard by a WHEP player, and leaves', async () => {
    const stage = await Stage.open(local.hub);
    await stage.enter('specialist');
    const publisher = await key(stage, 'publish');
    const viewer = await key(stage, 'view');
    const folder = await mkdtemp(path.join(tmpdir(), 'rui-whip-'));
    const child = promisify(execFile)(
      process.execPath,
      [
        path.resolve(import.meta.dirname, 'support/ffmpeg-whip.ts'),
        `${door.url}/whip`,
        '40',
        `${folder}/a.mkv`,
      ],
      { env: { ...process.env, WHIP_TOKEN: publisher.token } },
    );
    await vi.waitFor(async () => expect(await feedsOf(stage, publisher.memberId)).toHaveLength(2), {
      timeout: 15_000,
    });
    expect(await feedsOf(stage, publisher.memberId)).toMatchObject([
      { slot: 'audio', streamClass: 'voice' },
      { slot: 'video', streamClass: 'clinical', label: '' },
    ]);
    const page = await inPage('whep', viewer.token);
    expect((await stage.state()).members[viewer.memberId]).toMatchObject({
      name: '示教室',
      role: 'observer',
      connected: true,
    });
    await moreFrames(page, 20);
    const size = await page.evaluate(() => {
      const video = document.querySelector('video')!;
      return [video.videoWidth, video.videoHeight];
    });
    expect(size).toEqual([640, 360]);
    // The tone: concealed silence would have no energy.
    const soundEnergy = () =>
      page.evaluate(async () => {
        const stats = await (window as unknown as Streaming).pc.getStats();
        const sound = [...stats.values()].find(
          ({ type, kind }) => type === 'inbound-rtp' && kind === 'audio',
        );
        return (sound as { totalAudioEnergy?: number } | undefined)?.totalAudioEnergy ?? 0;
      });
    await vi.waitFor(async () => expect(await soundEnergy()).toBeGreaterThan(0.001), { timeout: 10_000 });
    child.child.kill('SIGTERM');
    await child;
    await gone(stage, publisher.memberId);
    // Its feeds went, so the player's session ended with them.
    await gone(stage, viewer.memberId);
    await page.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('a browser library: trickles, restarts ICE while a viewer looks on, and leaves', async () => {
    const stage = await Stage.open(local.hub);
    const publisher = await key(stage, 'publish');
    const viewer = await key(stage, 'view');
    door.requests.length = 0;
    const page = await inPage('whip', publisher.token);
    await vi.waitFor(() => expect(door.requests).toContain('PATCH whip 204'));
    const player = await inPage('whep', viewer.token, '?feed=video');
    await moreFrames(player, 10);

    const usernames = () =>
      page.evaluate(() => {
        const { pc } = window as unknown as Streaming;
        return [pc.localDescription, pc.remoteDescription].map(
          (sdp) => /a=ice-ufrag:(.*)\r\n/.exec(sdp!.sdp)![1],
        );
      });
    const before = await usernames();
    await page.evaluate(() => (window as unknown as Streaming).client.restart());
    expect(door.requests).toContain('PATCH whip 200');
    const after = await usernames();
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    await vi.waitFor(
      async () =>
        expect(await page.evaluate(() => (window as unknown as Streaming).pc.iceConnectionState)).toMatch(
          /connected|completed/,
        ),
      { timeout: 10_000 },
    );
    await moreFrames(player, 10);
    expect(await feedsOf(stage, publisher.memberId)).toHaveLength(2);

    await page.evaluate(() => (window as unknown as Streaming).client.stop());
    await gone(stage, publisher.memberId);
    expect(door.requests).toContain('DELETE whip 200');
    await page.close();
    await player.close();
  });

  it('whose path is gone keeps its place for the grace time, and not longer', async () => {
    const stage = await Stage.open(local.hub);
    const publisher = await key(stage, 'publish');
    const { bus } = local.hub.inside;
    let path: { connectionId: string; transportId: string } | null = null;
    bus.onConnectionNotice((connectionId, { type, data }) => {
      if (type !== 'media.transportState' || data.state !== 'connected') return;
      path ??= { connectionId, transportId: data.transportId };
    });
    const page = await inPage('whip', publisher.token);
    await vi.waitFor(() => expect(path).not.toBeNull(), { timeout: 10_000 });
    // What the SFU says 30 s after the last consent; waiting for it would take that long.
    const { connectionId, transportId } = path!;
    const tell = (state: 'connected' | 'disconnected') =>
      bus.notifyConnection(
        { nodeId: bus.nodeId, connectionId },
        { type: 'media.transportState', data: { roomId: stage.roomId, transportId, state } },
      );
    tell('disconnected');
    tell('connected');
    await page.waitForTimeout(GRACE_MS * 1.5);
    expect((await stage.state()).members).toHaveProperty(publisher.memberId);
    tell('disconnected');
    await gone(stage, publisher.memberId);
    await page.close();
  });
});

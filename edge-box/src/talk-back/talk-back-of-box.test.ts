import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { BoxConfig } from '../../../src/lib/signaling/contract/index.ts';
import { FarVoice } from '../engine/testing/far-voice.ts';
import { StubHub } from '../engine/testing/stub-hub.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
/** Generous: other tests share the cores. */
const PATIENCE = { timeout: 60_000, interval: 50 };
const LIMIT = { timeout: 200_000 };
const VOICE = { slot: 'voice', kind: 'audio', streamClass: 'voice' } as const;
/** No card here has this name: what is tested is what the box asks of the hub, and that it takes what it asked for. */
const feeds = {
  video: [],
  audio: null,
  vitalsSlot: null,
  talkBack: { kind: 'alsa' as const, deviceId: 'alsa:Speaker,0' },
};

let hub: StubHub;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-box-'));
  hub = await StubHub.start();
});
afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A box without pictures, by either engine: talk-back is its own affair. */
function startBox(engine: string): void {
  const settings = { HUB_URL: hub.url, BOX_DATA_DIR: folder, ENROL_CODE: hub.code, BOX_ENGINE: engine };
  const box = fork(MAIN, [], {
    silent: true,
    env: { ...process.env, ...settings, BOX_SCREEN_PORT: '0', FEEDS: JSON.stringify(feeds) },
  });
  onTestFinished(() => void box.kill('SIGKILL'));
}

async function speak(feedId: string): Promise<void> {
  const voice = await FarVoice.start(hub.media, feedId, 440);
  onTestFinished(() => voice.stop());
}
const open = () => [...hub.media.consumers.values()].filter(({ closed }) => !closed);
const isReceived = (): Promise<void> =>
  vi.waitFor(async () => {
    const [consumer] = open();
    const [stats] = (await consumer?.getStats()) ?? [];
    // Packets are only sent to who has proven to be there.
    expect(stats?.packetCount).toBeGreaterThan(10);
  }, PATIENCE);

it(
  'hears the voices of the others in its room, and nothing else, until it is configured otherwise',
  LIMIT,
  async () => {
    hub.openFeed({ slot: 'sound', kind: 'audio', streamClass: 'voice' }, 'box_1234');
    hub.openFeed({ slot: 'camera', kind: 'video', streamClass: 'face' });
    hub.openFeed({ slot: 'vitals', kind: 'data', streamClass: 'vitals' }, 'box_5678');
    await speak(hub.openFeed(VOICE));
    startBox('native');
    await vi.waitFor(() => expect(open().length).toBe(1), PATIENCE);
    await isReceived();

    // Somebody comes, and goes.
    const other = 'a_nurse:voice';
    await speak(other);
    hub.openFeed(VOICE, 'a_nurse');
    await vi.waitFor(() => expect(open().length).toBe(2), PATIENCE);
    hub.closeFeed(other);
    await vi.waitFor(() => expect(open().length).toBe(1), PATIENCE);

    // The hub has forgotten its media.
    const [before] = open();
    hub.mediaSessionId = randomUUID();
    hub.dropSockets();
    await vi.waitFor(() => {
      expect(before?.closed).toBe(true);
      expect(open().length).toBe(1);
    }, PATIENCE);
    await isReceived();

    const silent: BoxConfig = { ...feeds, talkBack: { kind: 'none' }, updateChannel: 'stable' };
    hub.offer = ({ config: running }) => (running.version === 1 ? null : { version: 1, document: silent });
    hub.ask();
    await vi.waitFor(() => expect(open()).toEqual([]), PATIENCE);
    expect(hub.requests.filter((type) => type === 'media.consume').length).toBe(3);
    expect(hub.problems).toEqual([]);
  },
);

it('hears them beside the other engine, too, and lets go of them when it serves no room', LIMIT, async () => {
  await speak(hub.openFeed(VOICE));
  startBox('libwebrtc');
  await vi.waitFor(() => expect(open().length).toBe(1), PATIENCE);
  await isReceived();
  hub.assign(null);
  await vi.waitFor(() => expect(open()).toEqual([]), PATIENCE);
});

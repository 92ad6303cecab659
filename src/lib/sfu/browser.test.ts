import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Feed, StreamClass } from '../signaling/contract/index.ts';
import type { FeedQuality } from './client/index.ts';
import { MediaPool } from './index.ts';
import { BrowserPage } from './testing/browser-page.ts';
import type { PageWindow } from './testing/page.ts';
import { TestRoom } from './testing/test-room.ts';
import { BoxClock } from '../../../edge-box/src/clock.ts';
import { linkState } from '../../../test/link/link-state.ts';
import { Relay } from '../../../test/link/relay.ts';

/** One picture at 30 frames a second. */
const FRAME_MS = 1000 / 30;

const feed = (slot: string, kind: Feed['kind'], streamClass: StreamClass): Feed => ({
  feedId: `publisher:${slot}`,
  memberId: 'publisher',
  slot,
  kind,
  streamClass,
  label: '',
  paused: false,
  mutedByHost: false,
  generation: 1,
});
const PROBE = feed('probe', 'video', 'clinical');
const CAMERA = feed('camera', 'video', 'face');
const VITALS = feed('vitals', 'data', 'vitals');
const MICROPHONE = feed('microphone', 'audio', 'voice');

/** Figures of the run, for whoever reads its log. */
const report = (line: string) => process.stdout.write(`  ${line}\n`);

const percentile = (values: number[], p: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * p)] ?? NaN;

describe('media through a real SFU in a real Chromium', () => {
  let pool: MediaPool;
  let room: TestRoom;
  let browser: BrowserPage;
  let relay: Relay | undefined;

  const quality = (feedId: string) => browser.call<FeedQuality>('quality', feedId);
  const untilLive = (feedId: string) =>
    vi.waitFor(
      async () => {
        const now = await quality(feedId);
        expect(now.state).not.toBe('waiting');
        expect(now.sinceFrameMs).toBeLessThan(feedId === MICROPHONE.feedId ? 1_500 : 300);
      },
      { timeout: 15_000, interval: 100 },
    );

  beforeAll(async () => {
    pool = await MediaPool.start({
      workers: 1,
      listenIp: '127.0.0.1',
      announcedAddresses: [],
      log: pino({ level: 'silent' }),
    });
    browser = await BrowserPage.open(() => room);
    room = new TestRoom(pool, (memberId, notice) => {
      void browser.call('notice', memberId, notice).catch(() => undefined);
    });
    await room.open();
    for (const member of ['publisher', 'viewer'])
      await browser.call('load', member, room.media.rtpCapabilities);
    await browser.call('publishClock', 'publisher');
    await browser.call('subscribe', 'viewer', PROBE, 'timed');
    await untilLive(PROBE.feedId);
  });
  afterEach(() => {
    expect(browser.errors).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await relay?.close();
    pool?.close();
  });

  it('shows an age that is true to one frame of the burnt-in clock', async () => {
    await browser.call('ages');
    let ages: { shown: number; truth: number }[] = [];
    await vi.waitFor(
      async () => {
        ages = ages.concat(await browser.call<typeof ages>('ages'));
        expect(ages.length).toBeGreaterThan(60);
      },
      { timeout: 20_000, interval: 500 },
    );
    const errors = ages.map(({ shown, truth }) => shown - truth);
    report(
      `age ms p50 ${percentile(
        ages.map((a) => a.truth),
        0.5,
      ).toFixed(1)} p95 ${percentile(
        ages.map((a) => a.truth),
        0.95,
      ).toFixed(1)};` +
        ` shown − true ms p5 ${percentile(errors, 0.05).toFixed(1)} p50 ${percentile(errors, 0.5).toFixed(1)} p95 ${percentile(errors, 0.95).toFixed(1)}`,
    );
    expect(Math.abs(percentile(errors, 0.5))).toBeLessThan(FRAME_MS);
    expect(Math.abs(percentile(errors, 0.05))).toBeLessThan(FRAME_MS);
    expect(Math.abs(percentile(errors, 0.95))).toBeLessThan(FRAME_MS);
  });

  it('knows the age without an element that shows the feed', async () => {
    const unseen = { ...PROBE };
    await browser.call('subscribe', 'viewer', unseen, 'unseen');
    await vi.waitFor(async () => {
      const now = await quality(PROBE.feedId);
      expect(now.state).toBe('live');
      expect(now.ageMs).toBeGreaterThan(0);
      expect(now.ageMs).toBeLessThan(150);
    }, 10_000);
    await vi.waitFor(
      async () => expect((await quality(PROBE.feedId)).bitrateKbps).toBeGreaterThan(50),
      10_000,
    );
    expect(await quality(PROBE.feedId)).toMatchObject({ codec: 'VP8', widthPx: 640, heightPx: 360 });
  });

  it('sends faces in three layers and takes the one that is asked for', async () => {
    await browser.call('publishCamera', 'publisher');
    await browser.call('subscribe', 'viewer', CAMERA, 'shown');
    await untilLive(CAMERA.feedId);
    const prefer = (spatialLayer: number) =>
      browser.page.evaluate(
        ([feedId, layer]) =>
          (window as never as PageWindow).harness
            .feed(feedId as string)
            .setPreferredLayers({ spatialLayer: layer as number }),
        [CAMERA.feedId, spatialLayer] as const,
      );
    // How far up it climbs depends on the machine's strength, too; the lowest layer has 180 lines.
    await vi.waitFor(
      async () => expect((await quality(CAMERA.feedId)).heightPx).toBeGreaterThanOrEqual(360),
      30_000,
    );
    expect((await quality(CAMERA.feedId)).spatialLayer).toBeGreaterThanOrEqual(1);
    await prefer(0);
    await vi.waitFor(async () => expect((await quality(CAMERA.feedId)).heightPx).toBe(180), 20_000);
    expect((await quality(CAMERA.feedId)).spatialLayer).toBe(0);
  }, 90_000);

  it('carries a voice, and mutes it', async () => {
    await browser.call('publishMicrophone', 'publisher');
    await browser.call('subscribe', 'viewer', MICROPHONE, 'unseen');
    await untilLive(MICROPHONE.feedId);
    const mute = (paused: boolean) =>
      browser.page.evaluate(
        (wanted) =>
          (window as never as PageWindow).harness.session('publisher').setPaused('microphone', wanted),
        paused,
      );
    await mute(true);
    await vi.waitFor(
      async () => expect((await quality(MICROPHONE.feedId)).sinceFrameMs).toBeGreaterThan(2_500),
      10_000,
    );
    await mute(false);
    await untilLive(MICROPHONE.feedId);
  });

  it('does not call a picture stale because it was not wanted for a while', async () => {
    const states = await browser.page.evaluate(async (feedId) => {
      const feed = (window as never as PageWindow).harness.feed(feedId);
      feed.setPaused(true);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const seen: string[] = [feed.quality().state];
      feed.setPaused(false);
      const stop = feed.onQuality(({ state }) => seen.push(state));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      stop();
      return seen;
    }, CAMERA.feedId);
    expect(states[0]).toBe('paused');
    expect(states).not.toContain('stale');
    await untilLive(CAMERA.feedId);
  });

  it('hands over the messages of a data feed, whole', async () => {
    await browser.call('publishData', 'publisher', 'vitals', room.media.rtpCapabilities);
    await browser.call('subscribeData', 'viewer', VITALS);
    let messages: string[] = [];
    await vi.waitFor(async () => {
      messages = messages.concat(await browser.call<string[]>('messages'));
      expect(messages.length).toBeGreaterThan(20);
    }, 10_000);
    for (const message of messages) expect(message).toMatch(/^beat \d+/);
  });

  it('asks for nothing twice: the same slot again changes the track', async () => {
    const before = room.requests.length;
    await Promise.all([
      browser.call('publishCamera', 'publisher'),
      browser.call('publishCamera', 'publisher'),
    ]);
    expect(room.requests.slice(before).filter((request) => request.includes('produce'))).toEqual([]);
    await untilLive(CAMERA.feedId);
  });

  it('builds all again after its worker was killed', async () => {
    const lost = new Promise<void>((resolve) => pool.once('roomLost', () => resolve()));
    const killedAtMs = performance.now();
    process.kill(pool.workerPids()[0]!, 'SIGKILL');
    await lost;
    await vi.waitFor(async () => expect((await quality(PROBE.feedId)).state).toBe('stale'), 10_000);
    await room.open();
    for (const member of ['publisher', 'viewer'])
      await browser.call('rebuild', member, room.media.rtpCapabilities);
    for (const { feedId } of [PROBE, CAMERA, MICROPHONE]) {
      await untilLive(feedId);
      report(`worker killed to ${feedId} live ms ${Math.round(performance.now() - killedAtMs)}`);
    }
  }, 60_000);

  it('finds its way again after the path was cut', async () => {
    relay = Relay.start({ seed: 1, link: linkState(), clock: new BoxClock() });
    const port = await relay.port(pool.stats()[0]!.port);
    room.reroute = (transport) => ({
      ...transport,
      iceCandidates: transport.iceCandidates
        .filter(({ protocol }) => protocol === 'udp')
        .map((candidate) => ({ ...candidate, port })),
    });
    for (const member of ['publisher', 'viewer'])
      await browser.call('rebuild', member, room.media.rtpCapabilities);
    await untilLive(PROBE.feedId);
    const before = room.requests.length;
    relay.link = linkState({ down: true });
    const restarts = () =>
      room.requests.slice(before).filter((request) => request.endsWith('media.restartIce'));
    await vi.waitFor(() => expect(new Set(restarts()).size).toBe(2), { timeout: 30_000, interval: 100 });
    expect((await quality(PROBE.feedId)).state).toBe('stale');
    relay.link = linkState();
    await untilLive(PROBE.feedId);
    await vi.waitFor(async () => {
      const states = await browser.page.evaluate(() =>
        ['publisher', 'viewer'].map(
          (member) => (window as never as PageWindow).harness.session(member).transportState,
        ),
      );
      expect(states).toEqual(['connected', 'connected']);
    }, 10_000);
  }, 60_000);

  it('closes in the midst of anything without a complaint', async () => {
    const outcomes = await browser.page.evaluate(
      async (feeds) => {
        const { harness } = window as never as PageWindow;
        const viewer = harness.session('viewer');
        const publisher = harness.session('publisher');
        const works = [
          viewer.subscribe(feeds[0]!, { publisherClockOffsetMs: () => 0 }),
          viewer.rebuild(),
          publisher.unpublish('camera'),
          publisher.setPaused('microphone', true),
        ];
        viewer.close();
        publisher.close();
        viewer.close();
        const settled = await Promise.allSettled(works);
        return settled.map((one) =>
          one.status === 'rejected' ? (one.reason as { code?: string }).code : one.status,
        );
      },
      [PROBE, CAMERA],
    );
    for (const outcome of outcomes) expect(['fulfilled', 'out_of_order']).toContain(outcome);
  });
});

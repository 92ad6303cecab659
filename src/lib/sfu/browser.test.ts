import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Feed, StreamClass } from '../signaling/contract/index.ts';
import type { FeedQuality } from './client/index.ts';
import { MediaPool } from './index.ts';
import { BrowserPage } from './testing/browser-page.ts';
import { TestRoom } from './testing/test-room.ts';
import { UdpRelay } from './testing/udp-relay.ts';

/** One picture at 30 frames a second. */
const FRAME_MS = 1000 / 30;

const feed = (slot: string, kind: 'audio' | 'video', streamClass: StreamClass): Feed => ({
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
const MICROPHONE = feed('microphone', 'audio', 'voice');

const percentile = (values: number[], p: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * p)] ?? NaN;

describe('media through a real SFU in a real Chromium', () => {
  let pool: MediaPool;
  let room: TestRoom;
  let browser: BrowserPage;
  let relay: UdpRelay | undefined;

  const quality = (feedId: string) => browser.call<FeedQuality>('quality', feedId);
  const untilLive = (feedId: string) =>
    vi.waitFor(
      async () => {
        const now = await quality(feedId);
        expect(now.state).not.toBe('waiting');
        expect(now.sinceFrameMs).toBeLessThan(300);
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
    relay?.close();
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
    console.info(
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
});

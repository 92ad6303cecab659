import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AV_CODEC_ID_H264 } from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet } from 'node-av/lib';
import { BoxClock } from '../clock.ts';
import type { EncodedUnit } from '../media/child-protocol.ts';
import { FeedProcess } from '../media/feed-process.ts';
import { readAccessUnit } from './h264-stream.ts';
import type { SourceState } from './live-video.ts';
import { RtspCamera, encodeTestVideo, hasRtspServer } from './testing/rtsp-camera.ts';

const LOGIN = 'viewer:p@ss word';
const folder = mkdtempSync(path.join(os.tmpdir(), 'rui-rtsp-'));
const file = (name: string): string => path.join(folder, `${name}.mp4`);

interface Running {
  units: EncodedUnit[];
  states: SourceState[];
  down: string[];
  feed: FeedProcess;
}
const running: Running[] = [];

function run(url: string, bitrateKbps: number, login: { user?: string; password?: string } = {}): Running {
  const source = { kind: 'rtsp', url, ...login, width: 320, height: 180, framesPerSecond: 30 } as const;
  const states: SourceState[] = [];
  const units: EncodedUnit[] = [];
  const down: string[] = [];
  const feed = new FeedProcess({ kind: 'video', source, bitrateKbps }, new BoxClock(), {
    unit: (unit) => units.push(unit),
    down: (reason) => down.push(reason),
    source: (state) => states.push(state),
  });
  const one = { units, states, down, feed };
  running.push(one);
  return one;
}

/** Width of each picture: what was passed on is as wide as the camera's, what was encoded as the feed's. */
function widthsOf(units: EncodedUnit[]): number[] {
  const context = new CodecContext();
  const codec = Codec.findDecoder(AV_CODEC_ID_H264);
  context.allocContext3(codec);
  context.threadCount = 1;
  context.open2Sync(codec);
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  return units.map((unit) => {
    packet.data = Buffer.from(unit.data);
    context.sendPacketSync(packet);
    return context.receiveFrameSync(frame) < 0 ? 0 : frame.width;
  });
}

/** Without the server (and without `npm test`, which brings it) there is nothing to test against. */
describe.skipIf(!hasRtspServer())('an RTSP camera', { timeout: 90_000 }, () => {
  let cameras: RtspCamera;

  beforeAll(async () => {
    const plain = ['-profile:v', 'main', '-bf', '0', '-g', '30'];
    encodeTestVideo(file('plain'), 30, plain);
    encodeTestVideo(file('reordered'), 12, [
      '-profile:v',
      'main',
      '-bf',
      '2',
      '-g',
      '30',
      '-x264-params',
      'b-adapt=0',
    ]);
    encodeTestVideo(file('rare'), 12, ['-profile:v', 'main', '-bf', '0', '-g', '120']);
    cameras = new RtspCamera({ plain: file('plain'), reordered: file('reordered'), rare: file('rare') });
    await cameras.start();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ feed }) => feed.stop()));
  });
  afterAll(async () => {
    await cameras.stop();
    rmSync(folder, { recursive: true });
  });

  it('has its H.264 handed on untouched, each key frame complete by itself', async () => {
    const { units, states, down, feed } = run(cameras.url('plain'), 8_000);
    await vi.waitFor(
      () => expect(widthsOf(units).filter((width) => width === 480).length, down.join()).toBeGreaterThan(60),
      {
        timeout: 40_000,
        interval: 500,
      },
    );
    expect(states).toEqual(['live']);
    const widths = widthsOf(units);
    const firstPassed = widths.indexOf(480);
    // Encoded until it was known that the stream can be handed on, then never again.
    expect(widths.slice(0, firstPassed).every((width) => width === 320)).toBe(true);
    expect(widths.slice(firstPassed).every((width) => width === 480)).toBe(true);
    // A picture can be kept all the same, as large as the camera's own.
    expect(await feed.takeStill()).toMatchObject({ width: 480, mediaType: 'image/jpeg' });
    const keyFrames = units.slice(firstPassed).filter(({ isKeyFrame }) => isKeyFrame);
    expect(keyFrames.every(({ data }) => readAccessUnit(data).hasParameterSets)).toBe(true);
    const gapsMs = units
      .slice(firstPassed + 1)
      .map((unit, i) => unit.captureHubMs - (units[firstPassed + i]?.captureHubMs ?? 0));
    expect(gapsMs.reduce((sum, gap) => sum + gap, 0) / gapsMs.length).toBeLessThan(60);
  });

  it('answers a wish for a key frame at once, and goes back to the untouched stream', async () => {
    const { units, feed } = run(cameras.url('plain'), 8_000);
    await vi.waitFor(() => expect(widthsOf(units).at(-1)).toBe(480), { timeout: 40_000, interval: 300 });
    const askedAt = units.length;
    feed.requestKeyFrame();
    await vi.waitFor(() => expect(widthsOf(units).slice(askedAt + 1)).toContain(320), {
      timeout: 20_000,
      interval: 100,
    });
    const answer = widthsOf(units).indexOf(320, askedAt);
    expect(units[answer]?.isKeyFrame).toBe(true);
    expect(answer - askedAt).toBeLessThan(10);
    await vi.waitFor(() => expect(widthsOf(units).at(-1)).toBe(480), { timeout: 20_000, interval: 300 });
  });

  it('is encoded anew when pictures are reordered, key frames are rare, or the link is too thin', async () => {
    const feeds = [
      run(cameras.url('reordered'), 8_000),
      run(cameras.url('rare'), 8_000),
      run(cameras.url('plain'), 150),
    ];
    await Promise.all(
      feeds.map(({ units, down }) =>
        vi.waitFor(() => expect(units.length, down.join()).toBeGreaterThan(45), { timeout: 40_000 }),
      ),
    );
    for (const { units } of feeds) expect(new Set(widthsOf(units))).toEqual(new Set([320]));
  });

  it('that goes away is named, and comes back by itself', async () => {
    const camera = new RtspCamera({ plain: file('plain') });
    await camera.start();
    const { units, states, feed } = run(camera.url('plain'), 500);
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(5), { timeout: 40_000 });
    await camera.stop();
    await vi.waitFor(() => expect(states.at(-1)).toBe('lost'), { timeout: 20_000 });
    const lostAt = units.length;
    await camera.start();
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(lostAt + 5), { timeout: 30_000 });
    expect(states.at(-1)).toBe('live');
    expect(feed.restarts).toBe(0);
    await camera.stop();
  });

  it('asks for a password, and nothing that is written down shows it', async () => {
    const camera = new RtspCamera({ plain: file('plain') }, LOGIN);
    await camera.start();
    const [user, password] = LOGIN.split(':');
    const wrong = run(camera.url('plain'), 500, { user: 'viewer', password: 'guessed-secret' });
    await vi.waitFor(() => expect(wrong.states).toContain('refused'), { timeout: 30_000 });
    const right = run(camera.url('plain'), 500, { user, password });
    await vi.waitFor(() => expect(right.units.length).toBeGreaterThan(5), { timeout: 40_000 });
    expect([...wrong.down, ...right.down].join()).not.toMatch(/secret|p@ss|p%40ss/);
    await camera.stop();
  });
});

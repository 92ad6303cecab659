import { afterEach, describe, expect, it, vi } from 'vitest';
import { BoxClock } from '../clock.ts';
import { CLOCK_MODULUS_MS } from '../devices/clock-code.ts';
import type { VideoSourceConfig } from '../devices/video-source.ts';
import type { EncodedUnit, FeedJob } from './child-protocol.ts';
import type { FilmSegment } from './film.ts';
import { FeedProcess } from './feed-process.ts';
import { PictureDecoder } from './testing/picture-decoder.ts';

const sectorScan: VideoSourceConfig = { kind: 'sector-scan', width: 1280, height: 720, framesPerSecond: 30 };

const processes: FeedProcess[] = [];
function run(
  job: FeedJob,
  clock = new BoxClock(),
): { units: EncodedUnit[]; down: string[]; feed: FeedProcess; filmed: FilmSegment[] } {
  const filmed: FilmSegment[] = [];
  const units: EncodedUnit[] = [];
  const down: string[] = [];
  const feed = new FeedProcess(job, clock, {
    unit: (unit) => units.push(unit),
    down: (reason) => down.push(reason),
    filmed: (segment) => filmed.push(segment),
  });
  processes.push(feed);
  return { units, down, feed, filmed };
}
afterEach(async () => {
  await Promise.all(processes.splice(0).map((feed) => feed.stop()));
});

const kbps = (units: EncodedUnit[]): number => {
  const bytes = units.reduce((sum, { data }) => sum + data.length, 0);
  const ms = (units.at(-1)?.captureHubMs ?? 0) - (units[0]?.captureHubMs ?? 0);
  return (bytes * 8) / ms;
};

/** Generous: other tests share the cores. */
describe('feed process', { timeout: 90_000 }, () => {
  it.each([
    ['sector scan at 1 Mbit/s', sectorScan, 1_000],
    ['room camera at 300 kbit/s', { kind: 'room-camera', width: 640, height: 360, framesPerSecond: 30 }, 300],
  ] as [string, VideoSourceConfig, number][])(
    '%s: every picture says its capture time, in hub time, and moves',
    async (_, source, bitrateKbps) => {
      const clock = new BoxClock();
      clock.setHubOffsetMs(123_456);
      const { units } = run({ kind: 'video', source, bitrateKbps }, clock);
      await vi.waitFor(() => expect(units.length).toBeGreaterThan(75), { timeout: 40_000 });
      expect(units[0]?.isKeyFrame).toBe(true);
      const decoder = new PictureDecoder();
      const pictures = units.map((unit) => ({ unit, picture: decoder.decode(unit.data) }));
      for (const { unit, picture } of pictures) {
        expect(picture?.code).toBe(Math.floor(unit.captureHubMs) % CLOCK_MODULUS_MS);
      }
      const last = units.at(-1);
      expect(Math.abs(clock.hubNowMs() - (last?.captureHubMs ?? 0))).toBeLessThan(60_000);
      // Below the clock something else is to be seen within two beats. Which picture, no index says: a busy
      // machine leaves pictures out, and two that lie a whole beat apart look alike.
      const early = pictures[20]?.picture?.luma ?? Buffer.alloc(0);
      const from = Math.floor(early.length * 0.3);
      const changed = pictures.slice(21).map(({ picture }) => {
        let count = 0;
        for (let i = from; i < early.length; i++) {
          if (Math.abs((early[i] ?? 0) - (picture?.luma[i] ?? 0)) > 20) count++;
        }
        return count / early.length;
      });
      expect(Math.max(...changed)).toBeGreaterThan(0.005);
    },
  );

  it('keeps true black outside the sector', async () => {
    const { units } = run({ kind: 'video', source: sectorScan, bitrateKbps: 2_500 });
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(2), { timeout: 40_000 });
    const picture = new PictureDecoder().decode(units[0]?.data ?? Buffer.alloc(0));
    expect(picture?.luma[700 * 1280 + 20]).toBe(16);
    expect(picture?.luma[400 * 1280 + 30]).toBe(16);
  });

  it('follows a new bitrate without starting again', async () => {
    const { units, feed } = run({ kind: 'video', source: sectorScan, bitrateKbps: 3_000 });
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(60), { timeout: 40_000 });
    const before = kbps(units.slice(15, 60));
    feed.setBitrateKbps(700);
    const changedAt = units.length;
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(changedAt + 75), { timeout: 40_000 });
    const after = kbps(units.slice(changedAt + 30));
    expect(before).toBeGreaterThan(1_500);
    expect(after).toBeLessThan(900);
    expect(feed.restarts).toBe(0);
  });

  it('gives a key frame at once when asked, and holds still when told', async () => {
    const { units, feed } = run({ kind: 'video', source: sectorScan, bitrateKbps: 2_000 });
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(10), { timeout: 40_000 });
    const askedAt = units.length;
    feed.requestKeyFrame();
    await vi.waitFor(() => expect(units.slice(askedAt).some(({ isKeyFrame }) => isKeyFrame)).toBe(true), {
      timeout: 20_000,
    });
    expect(units.slice(askedAt).findIndex(({ isKeyFrame }) => isKeyFrame)).toBeLessThan(10);
    feed.hold(true);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const heldAt = units.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(units.length).toBe(heldAt);
    feed.hold(false);
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(heldAt + 3), { timeout: 20_000 });
  });

  it('sends smaller sizes when they get a rate, none when they get nothing, and key frames of the size that is asked for', async () => {
    const source = { ...sectorScan, width: 640, height: 360 };
    const { units, feed } = run({ kind: 'video', source, bitrateKbps: 1_000, lowerKbps: [0] });
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(5), { timeout: 40_000 });
    expect(units.every(({ layer }) => layer === 1)).toBe(true);
    feed.setBitrateKbps(1_000, [250]);
    const small = (): EncodedUnit[] => units.filter(({ layer }) => layer === 0);
    await vi.waitFor(() => expect(small().length).toBeGreaterThan(5), { timeout: 20_000 });
    expect(
      small()
        .map(({ isKeyFrame }) => isKeyFrame)
        .indexOf(true),
    ).toBe(0);
    const [first] = small();
    const twin = units.find(({ layer, captureHubMs }) => layer === 1 && captureHubMs === first?.captureHubMs);
    expect(twin?.isKeyFrame).toBe(false);
    expect(new PictureDecoder().decode(first?.data ?? Buffer.alloc(0))?.width).toBe(320);
    const askedAt = units.length;
    feed.requestKeyFrame(0);
    const asked = (): EncodedUnit[] => units.slice(askedAt).filter(({ isKeyFrame }) => isKeyFrame);
    await vi.waitFor(() => expect(asked().length).toBeGreaterThan(0), { timeout: 20_000 });
    expect(asked().map(({ layer }) => layer)).toEqual([0]);
    feed.setBitrateKbps(1_000, [0]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const pausedAt = units.length;
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(pausedAt + 5), { timeout: 20_000 });
    expect(units.slice(pausedAt).every(({ layer }) => layer === 1)).toBe(true);
  });

  it('gives the newest picture whole while it is held, and says why when there is none', async () => {
    const clock = new BoxClock();
    clock.setHubOffsetMs(77_777);
    const { units, feed } = run({ kind: 'video', source: sectorScan, bitrateKbps: 300 }, clock);
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(5), { timeout: 40_000 });
    feed.hold(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const heldAtMs = units.at(-1)?.captureHubMs ?? 0;
    const [still, again] = await Promise.all([feed.takeStill(), feed.takeStill()]);
    expect(still).toMatchObject({ mediaType: 'image/jpeg', width: 1280, height: 720 });
    const picture = new PictureDecoder('jpeg').decode(still.bytes);
    expect(picture).toMatchObject({ width: 1280, height: 720 });
    expect(picture?.code).toBe(Math.floor(still.takenAtMs + clock.hubOffsetMs) % CLOCK_MODULUS_MS);
    expect(still.takenAtMs + clock.hubOffsetMs).toBeGreaterThan(heldAtMs);
    expect(again.takenAtMs).toBeGreaterThanOrEqual(still.takenAtMs);

    const sound = run({ kind: 'audio', bitrateKbps: 48 });
    await expect(sound.feed.takeStill()).rejects.toMatchObject({ code: 'no-picture' });
    const asked = feed.takeStill();
    await Promise.all([feed.stop(), expect(asked).rejects.toMatchObject({ code: 'no-answer' })]);
    await expect(feed.takeStill()).rejects.toMatchObject({ code: 'no-answer' });
  });

  it('films what it is told to, held or not, and hands out the piece when it is told to end', async () => {
    const source = { ...sectorScan, width: 320, height: 180, framesPerSecond: 10 };
    const { units, feed, filmed } = run({ kind: 'video', source, bitrateKbps: 100 });
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(2), { timeout: 40_000 });
    feed.hold(true);
    feed.film(600);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(filmed).toEqual([]);
    feed.film(null);
    await vi.waitFor(() => expect(filmed.length).toBe(1), { timeout: 20_000 });
    const [segment] = filmed;
    expect((segment?.untilMs ?? 0) - (segment?.fromMs ?? 0)).toBeGreaterThan(500);
    expect(Buffer.from(segment?.bytes ?? []).toString('latin1', 4, 8)).toBe('ftyp');
    expect(feed.restarts).toBe(0);
  });

  it('sends sound in steady 20 ms frames', async () => {
    const { units } = run({ kind: 'audio', bitrateKbps: 48 });
    await vi.waitFor(() => expect(units.length).toBeGreaterThan(60), { timeout: 40_000 });
    units
      .slice(1)
      .forEach((unit, i) => expect(unit.captureHubMs - (units[i]?.captureHubMs ?? 0)).toBeCloseTo(20, 6));
    expect(kbps(units)).toBeGreaterThan(15);
    expect(kbps(units)).toBeLessThan(70);
  });

  it('takes pictures from anything FFmpeg opens, at their own pace', async () => {
    const source: VideoSourceConfig = {
      kind: 'ffmpeg',
      url: 'testsrc=size=320x240:rate=25',
      inputFormat: 'lavfi',
      width: 640,
      height: 360,
      framesPerSecond: 25,
      burnClock: true,
    };
    const { units, down } = run({ kind: 'video', source, bitrateKbps: 800 });
    await vi.waitFor(() => expect(units.length, down.join()).toBeGreaterThan(40), { timeout: 40_000 });
    const spanMs = (units[40]?.captureHubMs ?? 0) - (units[0]?.captureHubMs ?? 0);
    expect(spanMs).toBeGreaterThan(1_400);
    expect(spanMs).toBeLessThan(8_000);
    const decoder = new PictureDecoder();
    for (const unit of units) {
      expect(decoder.decode(unit.data)?.code).toBe(Math.floor(unit.captureHubMs) % CLOCK_MODULUS_MS);
    }
  });

  it('says why a source cannot be opened, and keeps trying', async () => {
    const source: VideoSourceConfig = {
      kind: 'ffmpeg',
      url: '/nowhere/at-all.mp4',
      width: 640,
      height: 360,
      framesPerSecond: 25,
    };
    const { down, feed } = run({ kind: 'video', source, bitrateKbps: 800 });
    await vi.waitFor(() => expect(feed.restarts).toBeGreaterThan(0), { timeout: 40_000 });
    expect(down[0]).toMatch(/No such file|open/i);
  });
});

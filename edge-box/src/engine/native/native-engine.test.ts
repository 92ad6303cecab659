import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BoxClock } from '../../clock.ts';
import type { FilmSegment } from '../../media/film.ts';
import { createVitalsSources } from '../../vitals/create-source.ts';
import { VitalsHub } from '../../vitals/vitals-hub.ts';
import type { EngineConfig } from '../engine.ts';
import { BareHub } from '../testing/bare-hub.ts';
import { Viewer } from '../testing/viewer.ts';
import { MDC } from '../../../../src/lib/vitals/frame.ts';
import { NativeEngine } from './native-engine.ts';

const config: EngineConfig = {
  video: [
    {
      slot: 'probe',
      streamClass: 'clinical',
      label: '超声 Ultrasound',
      source: { kind: 'sector-scan', width: 1280, height: 720, framesPerSecond: 30 },
      minBitrateKbps: 500,
      maxBitrateKbps: 4_000,
    },
    {
      slot: 'room',
      streamClass: 'face',
      label: '诊室 Room',
      source: { kind: 'room-camera', width: 640, height: 360, framesPerSecond: 30 },
      minBitrateKbps: 150,
      maxBitrateKbps: 800,
    },
  ],
  audio: { slot: 'sound', label: '', bitrateKbps: 40 },
  vitalsSlot: 'vitals',
};

const withoutDevice: EngineConfig = {
  video: [
    {
      slot: 'scope',
      streamClass: 'clinical',
      label: '',
      source: {
        kind: 'v4l2',
        deviceId: 'v4l2:none',
        pixelFormat: 'mjpeg',
        width: 640,
        height: 360,
        framesPerSecond: 30,
      },
      minBitrateKbps: 500,
      maxBitrateKbps: 4_000,
    },
  ],
  audio: null,
  vitalsSlot: null,
};

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const feedPids = (): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('feed-child'))
    .map((line) => Number.parseInt(line, 10));

/** Generous: other tests share the cores, and pictures are real work. */
describe('native engine against a real mediasoup worker', { timeout: 90_000 }, () => {
  const clock = new BoxClock();
  let hub: BareHub;
  let engine: NativeEngine;
  let player: VitalsHub;
  /** Its one device is not there. */
  let idle: NativeEngine;
  let idleSinceMs: number;

  beforeAll(async () => {
    hub = await BareHub.start();
    engine = new NativeEngine(config, clock);
    player = new VitalsHub({
      sources: createVitalsSources(undefined, clock),
      clock,
      send: (message) => void engine.sendVitals(message),
    });
    await engine.connect(hub.signals);
    player.start();
    idle = new NativeEngine(withoutDevice, clock);
    await idle.connect(hub.signals);
    idleSinceMs = clock.nowMs();
  });
  afterAll(async () => {
    player.stop();
    await idle.disconnect();
    await engine.disconnect();
    hub.close();
  });

  it('films a feed when it is told to, and ends at once when people close it', async () => {
    const filmed: [string, FilmSegment][] = [];
    engine.on('filmed', (...piece) => filmed.push(piece));
    const room = () => engine.stats().video.find(({ slot }) => slot === 'room');
    await vi.waitFor(() => expect(room()?.frames).toBeGreaterThan(5), { timeout: 40_000 });
    expect(await engine.takeStill('room')).toMatchObject({ width: 640, height: 360 });
    engine.film('room', true);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(filmed).toEqual([]);
    engine.setPaused('room', true);
    const closedAtMs = clock.nowMs();
    await vi.waitFor(() => expect(filmed.length).toBe(1), { timeout: 20_000 });
    engine.film('room', true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    engine.film('room', false);
    engine.setPaused('room', false);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(filmed.map(([slot]) => slot)).toEqual(['room']);
    expect(filmed[0]?.[1].untilMs).toBeLessThan(closedAtMs + 500);
    await expect(engine.takeStill('nothing')).rejects.toMatchObject({ code: 'no-picture' });
  });

  it('gets every stream to the hub, with a full score', async () => {
    await vi.waitFor(
      async () => {
        for (const slot of ['probe', 'room', 'sound']) {
          const producer = hub.producers.get(slot);
          const [stats] = (await producer?.getStats()) ?? [];
          expect(stats?.packetCount, slot).toBeGreaterThan(50);
          expect(stats?.packetsLost, slot).toBe(0);
          expect(producer?.score[0]?.score, slot).toBe(10);
        }
      },
      { timeout: 40_000, interval: 200 },
    );
    await vi.waitFor(
      async () => {
        const [stats] = (await hub.dataProducers.get('vitals')?.getStats()) ?? [];
        expect(stats?.messagesReceived).toBeGreaterThan(5);
      },
      { timeout: 20_000 },
    );
    expect(engine.stats()).toMatchObject({ state: 'connected', vitalsDropped: 0 });
  });

  it('shows Chromium moving pictures whose burnt-in clock is read and young, sound, and vitals', async () => {
    const viewer = await Viewer.open(hub);
    try {
      const report = await vi.waitFor(
        async () => {
          const seen = await viewer.report();
          for (const slot of ['probe', 'room']) {
            expect(seen.video[slot]?.codes.length, slot).toBeGreaterThan(90);
            expect(seen.video[slot]?.captureErrorsMs.length, slot).toBeGreaterThan(50);
          }
          expect(seen.audioEnergy).toBeGreaterThan(0.01);
          expect(seen.vitals.codes).toEqual(expect.arrayContaining([MDC.ecgLeadII, MDC.heartRate, MDC.spo2]));
          return seen;
        },
        { timeout: 70_000, interval: 500 },
      );
      for (const slot of ['probe', 'room']) {
        const video = report.video[slot];
        if (!video) throw new Error('no video');
        expect(video.width).toBe(slot === 'probe' ? 1280 : 640);
        expect(video.unreadable, slot).toBeLessThan(video.frames * 0.02);
        expect(new Set(video.codes).size, slot).toBeGreaterThan(video.codes.length * 0.9);
        // Wide limits: other tests share these cores. The bench has the fine ones.
        expect(median(video.agesMs), slot).toBeLessThan(2_000);
        expect(median(video.agesMs), slot).toBeGreaterThan(0);
        // The header extension says what the picture says: to within two frames, where cores are shared; the bench has the fine limit.
        expect(Math.abs(median(video.captureErrorsMs)), slot).toBeLessThan(67);
      }
      expect(report.vitals.bad).toBe(0);
      expect(median(report.vitals.ages)).toBeLessThan(3_000);
    } finally {
      await viewer.close();
    }
  });

  it('answers who asks soon after a key frame has arrived, too', async () => {
    const room = () => engine.stats().video[1]?.keyFrames ?? 0;
    const keyFrameAfter = (count: number) =>
      vi.waitFor(() => expect(room()).toBeGreaterThan(count), { timeout: 5_000, interval: 10 });
    const before = room();
    engine.requestKeyFrame('room');
    await keyFrameAfter(before);
    const first = room();
    await new Promise((resolve) => setTimeout(resolve, 150));
    engine.requestKeyFrame('room');
    await keyFrameAfter(first);
  });

  it('loses one feed for a moment when its process is killed, and no other', async () => {
    const down: string[] = [];
    engine.on('feedDown', (slot) => down.push(slot));
    const [probePid] = feedPids();
    const roomBefore = engine.stats().video[1]?.frames ?? 0;
    process.kill(probePid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(engine.stats().video[0]?.restarts).toBe(1), { timeout: 40_000 });
    const framesAtRestart = engine.stats().video[0]?.frames ?? 0;
    await vi.waitFor(() => expect(engine.stats().video[0]?.frames).toBeGreaterThan(framesAtRestart + 10), {
      timeout: 40_000,
    });
    expect(down).toEqual(['probe']);
    expect(engine.stats().video[1]?.restarts).toBe(0);
    expect(engine.stats().video[1]?.frames).toBeGreaterThan(roomBefore);
  });

  it('says when the path is lost, and streams again over a new connection', async () => {
    const lost = new Promise<string>((resolve) => engine.on('lost', resolve));
    const transport = [...hub.transports.values()][0];
    const framesBefore = engine.stats().video[0]?.frames ?? 0;
    transport?.close();
    expect(await lost).toMatch(/feedback|connection/);
    expect(engine.stats().state).toBe('lost');
    await engine.connect(hub.signals);
    await vi.waitFor(
      async () => {
        const [stats] = (await hub.producers.get('probe')?.getStats()) ?? [];
        expect(stats?.packetCount).toBeGreaterThan(50);
      },
      { timeout: 20_000 },
    );
    expect(engine.stats().video[0]?.frames).toBeGreaterThan(framesBefore);
  });

  it('keeps a connection on which no device has given anything yet', async () => {
    // The hub is given up after 8 s of silence.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, idleSinceMs + 9_500 - clock.nowMs())));
    expect(idle.stats()).toMatchObject({ state: 'connected', video: [{ frames: 0 }] });
  });

  it('leaves no process behind', async () => {
    await idle.disconnect();
    await engine.disconnect();
    expect(feedPids()).toEqual([]);
    expect(engine.stats().state).toBe('idle');
  });
});

import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BoxClock } from '../../clock.ts';
import { PictureDecoder } from '../../media/testing/picture-decoder.ts';
import type { EngineConfig } from '../engine.ts';
import { BareHub } from '../testing/bare-hub.ts';
import { LibwebrtcEngine } from './libwebrtc-engine.ts';

// The smallest that libwebrtc sends in three sizes.
const size = { width: 960, height: 540, framesPerSecond: 30 };
const config: EngineConfig = {
  video: [
    {
      slot: 'probe',
      streamClass: 'clinical',
      label: '',
      source: { kind: 'sector-scan', ...size },
      minBitrateKbps: 300,
      maxBitrateKbps: 2_000,
      simulcastLayers: 3,
    },
    {
      slot: 'broken',
      streamClass: 'face',
      label: '',
      source: { kind: 'ffmpeg', url: '/nonexistent', ...size },
      minBitrateKbps: 100,
      maxBitrateKbps: 500,
    },
    {
      slot: 'camera',
      streamClass: 'face',
      label: '',
      // Nobody listens on port 9.
      source: { kind: 'rtsp', url: 'rtsp://127.0.0.1:9/none', ...size },
      minBitrateKbps: 100,
      maxBitrateKbps: 500,
    },
  ],
  audio: {
    slot: 'sound',
    label: '',
    bitrateKbps: 40,
    source: { kind: 'ffmpeg', url: 'sine=frequency=440', inputFormat: 'lavfi' },
  },
  vitalsSlot: null,
};

const enginePids = (): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('engine-child'))
    .map((line) => Number.parseInt(line, 10));

describe('libwebrtc engine', { timeout: 60_000 }, () => {
  let hub: BareHub;
  let engine: LibwebrtcEngine;
  const clock = new BoxClock();
  const down: string[] = [];
  const lost: string[] = [];

  beforeAll(async () => {
    hub = await BareHub.start();
    engine = new LibwebrtcEngine(config, clock);
    engine.on('feedDown', (slot) => down.push(slot));
    engine.on('lost', (reason) => lost.push(reason));
    await engine.connect(hub.signals);
  }, 60_000);
  afterAll(async () => {
    await engine.disconnect();
    hub.close();
  });

  const layersFlow = (): Promise<void> =>
    vi.waitFor(
      async () => {
        const layers = (await hub.producers.get('probe')?.getStats()) ?? [];
        expect(layers.map(({ rid }) => rid)).toEqual(['r0', 'r1', 'r2']);
        for (const { packetCount } of layers) expect(packetCount).toBeGreaterThan(10);
      },
      { timeout: 30_000 },
    );

  it('sends a clinical feed in three sizes', async () => {
    await layersFlow();
    const still = await engine.takeStill('probe');
    expect(new PictureDecoder('jpeg').decode(still.bytes)).toMatchObject({ width: 960, height: 540 });
    await expect(engine.takeStill('broken')).rejects.toMatchObject({ code: 'no-picture' });
  });

  it('says which sources do not work, tries them again, and loses no other feed for them', async () => {
    await vi.waitFor(() => {
      expect(down.filter((slot) => slot === 'broken').length).toBeGreaterThan(1);
      const states = engine.stats().devices?.map(({ slot, source }) => [slot, source]);
      expect(states).toContainEqual(['camera', 'lost']);
    }, 20_000);
    expect(new Set(down)).toEqual(new Set(['broken']));
    expect(lost).toEqual([]);
  });

  it('sends sound from what FFmpeg opens', async () => {
    await vi.waitFor(() => {
      expect(engine.stats().audioPackets).toBeGreaterThan(20);
      const sound = engine.stats().devices?.find(({ slot }) => slot === 'sound');
      expect(sound).toMatchObject({ source: 'live', health: { kind: 'audio' } });
    }, 20_000);
  });

  it('survives the death of its process: every feed is told down, and a new connection starts a new one', async () => {
    down.length = 0;
    const [pid = 0] = enginePids();
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(lost).toEqual([expect.stringContaining('SIGKILL')]), 20_000);
    expect(down).toEqual(['probe', 'broken', 'camera', 'sound']);
    expect(engine.stats().state).toBe('lost');
    await engine.connect(hub.signals);
    expect(enginePids()).not.toContain(pid);
    await layersFlow();
    await vi.waitFor(() => expect(engine.stats().video[0]?.restarts).toBe(1));
  });

  it('sends no capture time rather than a wrong one when the clock of the machine is not that of the hub', async () => {
    const says = (): boolean =>
      hub.producers
        .get('probe')
        ?.rtpParameters.headerExtensions?.some(({ uri }) => uri.endsWith('abs-capture-time')) ?? false;
    expect(says()).toBe(true);
    clock.setHubOffsetMs(5_000);
    engine.syncClock();
    await engine.connect(hub.signals);
    expect(says()).toBe(false);
  });

  it('does not connect to a hub that has not said what it speaks', async () => {
    const silent = { ...hub.signals, routerRtpCapabilities: () => undefined };
    await expect(engine.connect(silent)).rejects.toThrow(/router/);
  });
});

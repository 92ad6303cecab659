import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BoxClock } from '../../clock.ts';
import type { EngineConfig } from '../engine.ts';
import { BareHub } from '../testing/bare-hub.ts';
import { LayerViewer } from '../testing/layer-viewer.ts';
import { linkState } from '../../../../test/link/link-state.ts';
import { Relay } from '../../../../test/link/relay.ts';
import { NativeEngine } from './native-engine.ts';

const config: EngineConfig = {
  video: [
    {
      slot: 'probe',
      streamClass: 'clinical',
      label: '',
      source: { kind: 'sector-scan', width: 640, height: 360, framesPerSecond: 30 },
      minBitrateKbps: 400,
      maxBitrateKbps: 1_200,
      simulcastLayers: 2,
    },
  ],
  audio: null,
  vitalsSlot: null,
};

/** Generous: a machine that is busy with other tests adds its own bad link. */
describe('native engine, two sizes of a picture over a bad link', { timeout: 90_000 }, () => {
  const clock = new BoxClock();
  let hub: BareHub;
  let relay: Relay;
  let engine: NativeEngine;

  beforeAll(async () => {
    hub = await BareHub.start();
    relay = Relay.start({ seed: 7, link: linkState({ delayMs: 10 }), clock });
    engine = new NativeEngine(config, clock);
    await engine.connect(relay.through(hub.signals));
  });
  afterAll(async () => {
    await engine.disconnect();
    await relay.close();
    hub.close();
  });

  const layers = async (): Promise<Record<string, number>[]> =>
    ((await hub.producers.get('probe')?.getStats()) ?? []) as unknown as Record<string, number>[];

  it('repairs what is lost of either size', async () => {
    relay.link = linkState({ delayMs: 10 }, { lossPart: 0.06 });
    await vi.waitFor(
      async () => {
        const repaired = (await layers()).map(({ packetsRepaired }) => packetsRepaired ?? 0);
        expect(repaired).toHaveLength(2);
        expect(Math.min(...repaired)).toBeGreaterThan(3);
      },
      { timeout: 60_000, interval: 100 },
    );
    relay.link = linkState({ delayMs: 10 });
  });

  it('pauses the small one when the link gets thin, and whoever looked at it gets the large one', async () => {
    const viewer = await LayerViewer.open(hub, 'probe', 0);
    const shows = (width: number): Promise<void> =>
      vi.waitFor(
        () => {
          const latest = viewer.pictures.slice(-5).map((picture) => picture.width);
          expect(latest).toEqual([width, width, width, width, width]);
        },
        { timeout: 40_000, interval: 50 },
      );
    await shows(320);
    relay.link = linkState({ delayMs: 10 }, { capKbps: 500 });
    await shows(640);
    const [small = {}, large = {}] = await layers();
    expect(small['score']).toBe(0);
    const packets = small['packetCount'];
    await vi.waitFor(
      async () => {
        const now = (await layers()).map(({ packetCount }) => packetCount ?? 0);
        expect(now[1]).toBeGreaterThan((large['packetCount'] ?? 0) + 30);
      },
      { timeout: 20_000, interval: 50 },
    );
    // Not a packet, while the large one goes on.
    expect((await layers())[0]?.['packetCount']).toBe(packets);
    viewer.close();
  });
});

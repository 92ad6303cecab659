import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BoxClock } from '../../clock.ts';
import type { EngineConfig } from '../engine.ts';
import { BareHub } from '../testing/bare-hub.ts';
import { linkState } from '../../../../test/link/link-state.ts';
import { Relay } from '../../../../test/link/relay.ts';
import { NativeEngine } from './native-engine.ts';

const config: EngineConfig = {
  video: [
    {
      slot: 'probe',
      streamClass: 'clinical',
      label: '',
      source: { kind: 'sector-scan', width: 1280, height: 720, framesPerSecond: 30 },
      minBitrateKbps: 300,
      maxBitrateKbps: 3_000,
    },
  ],
  audio: { slot: 'sound', label: '', bitrateKbps: 40 },
  vitalsSlot: null,
};

/** Generous: a machine that is busy with other tests adds its own bad link. */
describe('native engine over a bad link', { timeout: 120_000 }, () => {
  let hub: BareHub;
  let relay: Relay;
  let engine: NativeEngine;

  beforeEach(async () => {
    hub = await BareHub.start();
    const clock = new BoxClock();
    relay = Relay.start({ seed: 42, link: linkState({ delayMs: 20 }), clock });
    engine = new NativeEngine(config, clock);
  });
  afterEach(async () => {
    await engine.disconnect();
    await relay.close();
    hub.close();
  });

  const probeStats = async (): Promise<Record<string, number>> => {
    const stats = await hub.producers.get('probe')?.getStats();
    return (stats?.[0] ?? {}) as unknown as Record<string, number>;
  };
  const kbps = (): number => engine.stats().estimateKbps ?? NaN;

  it('repairs 3 % loss by retransmission', async () => {
    relay.link = linkState({ delayMs: 20 }, { lossPart: 0.03 });
    let lost = 0;
    relay.onSamples((samples) => samples.forEach((sample) => (lost += sample.lost)));
    await engine.connect(relay.through(hub.signals));
    await vi.waitFor(async () => expect((await probeStats())['packetCount']).toBeGreaterThan(1_000), {
      timeout: 40_000,
      interval: 250,
    });
    const stats = await probeStats();
    expect(lost).toBeGreaterThan(20);
    // Checks of the path, sound and what fills probes are lost too, and not repaired.
    expect(stats['packetsRepaired']).toBeGreaterThan(lost * 0.4);
    expect(engine.stats().rttMs).toBeGreaterThan(30);
  });

  it('fits under a cap within a few seconds and grows again after it', async () => {
    await engine.connect(relay.through(hub.signals));
    await vi.waitFor(() => expect(kbps()).toBeGreaterThan(2_600), { timeout: 40_000 });
    relay.link = linkState({ delayMs: 20 }, { capKbps: 800 });
    await vi.waitFor(() => expect(kbps()).toBeLessThan(800), { timeout: 8_000 });
    relay.link = linkState({ delayMs: 20 });
    await vi.waitFor(() => expect(kbps()).toBeGreaterThan(1_400), { timeout: 40_000 });
    expect(engine.stats().state).toBe('connected');
  });

  it('lives through an outage of a second, with a key frame at its end', async () => {
    await engine.connect(relay.through(hub.signals));
    await vi.waitFor(async () => expect((await probeStats())['packetCount']).toBeGreaterThan(200), {
      timeout: 40_000,
    });
    const lost = vi.fn();
    engine.on('lost', lost);
    relay.link = linkState({ delayMs: 20, down: true });
    await vi.waitFor(() => expect(engine.stats().feedbackAgeMs).toBeGreaterThan(1_000), {
      timeout: 2_400,
      interval: 10,
    });
    const keyFrames = engine.stats().video[0]?.keyFrames ?? 0;
    relay.link = linkState({ delayMs: 20 });
    await vi.waitFor(() => expect(engine.stats().video[0]?.keyFrames).toBeGreaterThan(keyFrames), {
      timeout: 3_000,
      interval: 10,
    });
    expect(lost).not.toHaveBeenCalled();
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { types } from 'mediasoup';
import { BoxClock } from '../../edge-box/src/clock.ts';
import { BareHub } from '../../edge-box/src/engine/testing/bare-hub.ts';
import { CARRIERS, Carriers, HUB_IP, whyNoNamespaces } from './carriers.ts';
import type { Carrier } from './carriers.ts';
import { EnginePublisher } from './publishers/engine-publisher.ts';
import { SLOT } from './publishers/publisher.ts';

const skipped = await whyNoNamespaces();
if (skipped) console.warn(`two carriers are not tested: ${skipped}`);

/** When packets of a feed reached the hub. */
class Arrivals {
  readonly #atMs: number[] = [];

  async watch(producer: types.Producer | undefined): Promise<void> {
    await producer?.enableTraceEvent(['rtp']);
    producer?.on('trace', ({ timestamp }) => this.#atMs.push(timestamp));
  }

  get count(): number {
    return this.#atMs.length;
  }

  get lastMs(): number {
    return this.#atMs.at(-1) ?? 0;
  }

  longestGapMs(sinceMs: number): number {
    return this.#atMs.reduce((longest, atMs, i) => {
      const before = this.#atMs[i - 1] ?? atMs;
      return atMs < sinceMs ? longest : Math.max(longest, atMs - before);
    }, 0);
  }
}

/** The worker, the box's engine and two carriers between them are real; the carriers' delay is that of this machine. */
describe.skipIf(skipped !== null)('a box with two carriers', { timeout: 90_000 }, () => {
  const closers: (() => unknown)[] = [];
  let carriers: Carriers;
  let hub: BareHub;
  let publisher: EnginePublisher;
  let pictures: Arrivals;
  let sound: Arrivals;
  let transports: number;

  beforeEach(async () => {
    carriers = await Carriers.open();
    closers.push(() => carriers.close());
    const worker = await carriers.program('hub', process.env['MEDIASOUP_WORKER_BIN'] ?? '');
    hub = await BareHub.start({ ip: HUB_IP, workerBin: worker });
    closers.push(() => hub.close());
    transports = 0;
    const signals = {
      ...hub.signals,
      createTransport: async () => {
        transports++;
        return hub.signals.createTransport();
      },
    };
    const execPath = await carriers.program('box', process.execPath);
    publisher = new EnginePublisher('native', { clock: new BoxClock(), hub, signals, execPath, sound: true });
    closers.push(() => publisher.stop());
    await publisher.start();
    [pictures, sound] = [new Arrivals(), new Arrivals()];
    await pictures.watch(hub.producers.get(SLOT));
    await sound.watch(hub.producers.get('sound'));
    await flowing();
    await vi.waitFor(() => expect(active()).not.toBeNull(), { timeout: 20_000 });
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const active = (): Carrier | null =>
    CARRIERS.find((carrier) =>
      publisher.stats?.paths?.some((each) => each.active && each.name === carrier),
    ) ?? null;
  const other = (carrier: Carrier): Carrier => CARRIERS.find((each) => each !== carrier) ?? carrier;

  async function flowing(): Promise<void> {
    const [before, soundBefore] = [pictures.count, sound.count];
    await vi.waitFor(
      () => {
        expect(pictures.count).toBeGreaterThan(before + 60);
        expect(sound.count).toBeGreaterThan(soundBefore + 20);
      },
      { timeout: 30_000, interval: 20 },
    );
  }

  it.each(['cut', 'unplug'] as const)(
    'goes on by the other carrier when the one in use is gone (%s), in the same session',
    async (how) => {
      const first = active() ?? 'telecom';
      const cutAtMs = Date.now();
      await carriers[how](first);
      await vi.waitFor(() => expect(active()).toBe(other(first)), { timeout: 20_000, interval: 20 });
      await flowing();
      // 500 ms is the goal, which the bench holds us to; tests share the machine.
      expect(pictures.longestGapMs(cutAtMs)).toBeLessThan(2_000);
      expect(sound.longestGapMs(cutAtMs)).toBeLessThan(2_000);
      expect(transports).toBe(1);
    },
  );

  it('is back by itself, still in the same session, after both were gone for a while', async () => {
    for (const carrier of CARRIERS) await carriers.cut(carrier);
    await vi.waitFor(() => expect(Date.now() - pictures.lastMs).toBeGreaterThan(4_000), {
      timeout: 20_000,
      interval: 50,
    });
    await carriers.mend('unicom');
    await flowing();
    expect(transports).toBe(1);
    await vi.waitFor(() => expect(active()).toBe('unicom'), { timeout: 10_000, interval: 20 });
  });
});

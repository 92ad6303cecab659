import { setTimeout as sleep } from 'node:timers/promises';
import { BoxClock } from '../../edge-box/src/clock.ts';
import { BareHub } from '../../edge-box/src/engine/testing/bare-hub.ts';
import { Arrivals } from './arrivals.ts';
import { CARRIERS, Carriers, HUB_IP } from './carriers.ts';
import type { Carrier } from './carriers.ts';
import { EnginePublisher } from './publishers/engine-publisher.ts';
import { PROBE, SLOT } from './publishers/publisher.ts';

const LOOK_EVERY_MS = 20;
const STARTS_WITHIN_MS = 30_000;

/** @throws {Error} when it does not come true in time. */
export async function until(what: string, isSo: () => boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** The box's own engine with picture and sound, a mediasoup worker, and two carriers between them, all real. */
export class TwoCarrierBox {
  readonly carriers: Carriers;
  readonly #closers: (() => unknown)[] = [];
  #publisher!: EnginePublisher;
  #sessions = 0;
  /** At the hub. */
  pictures!: Arrivals;
  sound!: Arrivals;

  private constructor(carriers: Carriers) {
    this.carriers = carriers;
    this.#closers.push(() => carriers.close());
  }

  /** Resolves when both flow. */
  static async open(): Promise<TwoCarrierBox> {
    const box = new TwoCarrierBox(await Carriers.open());
    try {
      await box.#start();
      return box;
    } catch (error) {
      await box.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const workerBin = await this.carriers.program('hub', process.env['MEDIASOUP_WORKER_BIN'] ?? '');
    const hub = await BareHub.start({ ip: HUB_IP, workerBin });
    this.#closers.push(() => hub.close());
    const signals = {
      ...hub.signals,
      createTransport: () => {
        this.#sessions++;
        return hub.signals.createTransport();
      },
    };
    const execPath = await this.carriers.program('box', process.execPath);
    const config = { ...PROBE, audio: { slot: 'sound', label: '', bitrateKbps: 40 } };
    const publisher = new EnginePublisher('native', {
      clock: new BoxClock(),
      hub,
      signals,
      execPath,
      config,
    });
    this.#publisher = publisher;
    this.#closers.push(() => publisher.stop());
    await publisher.start();
    this.pictures = await Arrivals.of(hub.producers.get(SLOT));
    this.sound = await Arrivals.of(hub.producers.get('sound'));
    await this.flowing();
    await until('a carrier in use', () => this.active !== null, STARTS_WITHIN_MS);
  }

  /** Connections that the box has ever asked for. */
  get sessions(): number {
    return this.#sessions;
  }

  get active(): Carrier | null {
    const name = this.#publisher.stats?.paths?.find(({ active }) => active)?.name;
    return CARRIERS.find((carrier) => carrier === name) ?? null;
  }

  /** Parts of the latest checks that the carriers lost. */
  lossPart(carrier: Carrier): number | null {
    return this.#publisher.stats?.paths?.find(({ name }) => name === carrier)?.lossPart ?? null;
  }

  /** Waits until about two seconds more have come of both. */
  async flowing(): Promise<void> {
    const [pictures, sound] = [this.pictures.count + 60, this.sound.count + 20];
    const flows = () => this.pictures.count > pictures && this.sound.count > sound;
    await until('pictures and sound', flows, STARTS_WITHIN_MS);
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

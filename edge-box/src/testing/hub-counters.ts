import type { types } from 'mediasoup';
import { decodeVitalsFrame } from '../../../src/lib/vitals/frame.ts';
import type { BareHub } from '../engine/testing/bare-hub.ts';

export interface SignalCount {
  samples: number;
  blocks: number;
  /** Blocks whose number does not follow the one before. */
  gaps: number;
  /** Blocks in sequence whose time does not follow: the box's idea of the hub's clock was corrected. */
  clockSteps: number;
  sampleRateHz: number;
}

const FOLLOW_EVERY_MS = 500;

/** Counts what has come out of the hub: whole pictures and sound packets by slot, vitals by signal. Also after the box has built its path anew. */
export class HubCounters {
  readonly frames = new Map<string, number>();
  readonly signals = new Map<number, SignalCount>();
  readonly #next = new Map<number, { sequence: number; startHubMs: number }>();
  readonly #transport: types.DirectTransport;
  readonly #counted = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(transport: types.DirectTransport) {
    this.#transport = transport;
  }

  static async attach(hub: BareHub): Promise<HubCounters> {
    const counters = new HubCounters(await hub.router.createDirectTransport());
    await counters.#follow(hub);
    // One that ends while it is being asked for is no loss: the next is there soon.
    counters.#timer = setInterval(() => void counters.#follow(hub).catch(() => undefined), FOLLOW_EVERY_MS);
    return counters;
  }

  /** Takes the producers that the hub has now, once each. */
  async #follow(hub: BareHub): Promise<void> {
    const isNew = ({ id, closed }: { id: string; closed: boolean }): boolean => {
      if (closed || this.#counted.has(id)) return false;
      this.#counted.add(id);
      return true;
    };
    for (const [slot, producer] of hub.producers)
      if (isNew(producer)) await this.#countMedia(hub, slot, producer);
    for (const producer of hub.dataProducers.values())
      if (isNew(producer)) await this.#countVitals(producer.id);
  }

  async #countMedia(hub: BareHub, slot: string, { id, kind }: types.Producer): Promise<void> {
    const { rtpCapabilities } = hub.router;
    const consumer = await this.#transport.consume({ producerId: id, rtpCapabilities });
    if (!this.frames.has(slot)) this.frames.set(slot, 0);
    consumer.on('rtp', (packet: Buffer) => {
      // The marker is on a picture's last packet; every sound packet is a piece of its own.
      const isLast = kind === 'audio' || ((packet[1] ?? 0) & 0x80) !== 0;
      if (isLast) this.frames.set(slot, (this.frames.get(slot) ?? 0) + 1);
    });
  }

  async #countVitals(dataProducerId: string): Promise<void> {
    const consumer = await this.#transport.consumeData({ dataProducerId });
    consumer.on('message', (message) => this.#onVitals(message));
  }

  #onVitals(message: Buffer): void {
    const { code, sequence, startHubMs, sampleRateHz, samples } = decodeVitalsFrame(message);
    const count = this.signals.get(code) ?? { samples: 0, blocks: 0, gaps: 0, clockSteps: 0, sampleRateHz };
    this.signals.set(code, count);
    const next = this.#next.get(code);
    // Single readings come when they come.
    const isInTime = sampleRateHz === 0 || !next || Math.abs(startHubMs - next.startHubMs) < 1;
    if (next && next.sequence !== sequence) count.gaps++;
    else if (!isInTime) count.clockSteps++;
    count.blocks++;
    count.samples += samples.length;
    const durationMs = sampleRateHz === 0 ? 0 : (samples.length * 1000) / sampleRateHz;
    this.#next.set(code, { sequence: (sequence + 1) >>> 0, startHubMs: startHubMs + durationMs });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#transport.close();
  }
}

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

/** Counts what has come out of the hub: whole pictures and sound packets by slot, vitals by signal. */
export class HubCounters {
  readonly frames = new Map<string, number>();
  readonly signals = new Map<number, SignalCount>();
  readonly #next = new Map<number, { sequence: number; startHubMs: number }>();
  readonly #transport: types.DirectTransport;

  private constructor(transport: types.DirectTransport) {
    this.#transport = transport;
  }

  /** Takes the producers that the hub has now. */
  static async attach(hub: BareHub): Promise<HubCounters> {
    const counters = new HubCounters(await hub.router.createDirectTransport());
    for (const [slot, producer] of hub.producers) await counters.#countMedia(hub, slot, producer);
    for (const { id } of hub.dataProducers.values()) await counters.#countVitals(id);
    return counters;
  }

  async #countMedia(hub: BareHub, slot: string, { id, kind }: types.Producer): Promise<void> {
    const { rtpCapabilities } = hub.router;
    const consumer = await this.#transport.consume({ producerId: id, rtpCapabilities });
    this.frames.set(slot, 0);
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
    this.#transport.close();
  }
}

import type { PacketArrival } from '../transport-feedback.ts';

const SEQUENCES = 0x10000;

export interface SentPacket {
  bytes: number;
  sendMs: number;
  /** Number of the probe that the packet belongs to; null for all others. */
  probe: number | null;
}

/** What the hub said of one packet of ours. */
export interface Report extends SentPacket {
  /** Hub's receive time in ms from an origin of its own; null: lost. */
  arrivalMs: number | null;
}

/** Which packets are under way, by their transport-wide number, and how many bytes that is. */
export class SentPackets {
  readonly #packets: (SentPacket | undefined)[] = new Array<SentPacket | undefined>(SEQUENCES);
  #oldest = 0;
  #next = 0;
  inFlightBytes = 0;

  add(sequence: number, packet: SentPacket): void {
    this.#remove(sequence);
    this.#packets[sequence] = packet;
    this.#next = (sequence + 1) % SEQUENCES;
    this.inFlightBytes += packet.bytes;
  }

  /** The packets of a feedback that were not reported before. */
  settle(arrivals: readonly PacketArrival[]): Report[] {
    const reports: Report[] = [];
    for (const { sequence, arrivalMs } of arrivals) {
      const packet = this.#remove(sequence);
      if (packet) reports.push({ ...packet, arrivalMs });
    }
    return reports;
  }

  /** Packets at the end of a burst that were lost are never reported until something follows them: they do not count for ever. */
  forgetBefore(sendMs: number): void {
    while (this.#oldest !== this.#next) {
      const packet = this.#packets[this.#oldest];
      if (packet && packet.sendMs >= sendMs) return;
      this.#remove(this.#oldest);
      this.#oldest = (this.#oldest + 1) % SEQUENCES;
    }
  }

  #remove(sequence: number): SentPacket | undefined {
    const packet = this.#packets[sequence];
    if (!packet) return undefined;
    this.#packets[sequence] = undefined;
    this.inFlightBytes -= packet.bytes;
    return packet;
  }
}

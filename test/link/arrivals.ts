import type { types } from 'mediasoup';

/** The clock of a mediasoup worker's trace events: that of the machine, not `Date.now()`. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

export interface Arrival {
  atMs: number;
  bytes: number;
  /** RTP time: the same for all packets of a picture. */
  rtpTime: number;
  /** Of a picture, the last. */
  marker: boolean;
}

interface TracedPacket {
  sequenceNumber: number;
  timestamp: number;
  marker: boolean;
  size: bigint;
}

/** The packets of a feed as they reached the hub; one that came twice, or again because it was asked for, counts once. */
export class Arrivals {
  readonly #known = new Set<string>();
  readonly #all: Arrival[] = [];

  static async of(producer: types.Producer | undefined): Promise<Arrivals> {
    if (!producer) throw new Error('the hub has no such feed');
    const arrivals = new Arrivals();
    producer.on('trace', ({ timestamp, info }) => {
      arrivals.#add(timestamp, (info as { rtpPacket: TracedPacket }).rtpPacket);
    });
    await producer.enableTraceEvent(['rtp']);
    return arrivals;
  }

  #add(atMs: number, { sequenceNumber, timestamp, marker, size }: TracedPacket): void {
    const key = `${timestamp}:${sequenceNumber}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#all.push({ atMs, bytes: Number(size), rtpTime: timestamp, marker });
  }

  get count(): number {
    return this.#all.length;
  }

  get lastMs(): number {
    return this.#all.at(-1)?.atMs ?? 0;
  }

  between(fromMs: number, untilMs: number): Arrival[] {
    return this.#all.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  }

  /** Of those that end in the time. */
  longestGapMs(fromMs: number, untilMs = Infinity): number {
    return this.#all.reduce((longest, { atMs }, i) => {
      if (atMs < fromMs || atMs >= untilMs) return longest;
      return Math.max(longest, atMs - (this.#all[i - 1]?.atMs ?? atMs));
    }, 0);
  }
}

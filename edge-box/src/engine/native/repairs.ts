import type { CongestionControl } from './congestion/congestion-control.ts';
import type { OutgoingStreams } from './outgoing-streams.ts';
import type { Lane, Pacer } from './pacer.ts';
import type { RtpStream } from './rtp-stream.ts';

/** Added to the round trip before a packet is sent again: what was just repeated is still under way. */
const RESEND_MARGIN_MS = 20;
/** A repetition that is lost too costs a visible stop: on a calm link each goes twice, a little apart since losses come in bursts. */
const SECOND_COPY_MS = 10;

/** Sends again what the hub misses. */
export class Repairs {
  readonly #streams: OutgoingStreams;
  readonly #pacer: Pacer;
  readonly #control: CongestionControl;
  readonly #secondCopies = new Set<NodeJS.Timeout>();

  constructor(streams: OutgoingStreams, pacer: Pacer, control: CongestionControl) {
    this.#streams = streams;
    this.#pacer = pacer;
    this.#control = control;
  }

  onNack(ssrc: number, sequences: readonly number[], nowMs: number): void {
    const { stream, lane } = this.#streams.bySsrc(ssrc) ?? {};
    if (!stream || !lane) return;
    const guardMs = this.#control.rttMs + RESEND_MARGIN_MS;
    for (const sequence of sequences) {
      const packet = stream.retransmit(sequence, nowMs, guardMs);
      if (!packet || !this.#pacer.enqueueRetransmission(lane, packet)) continue;
      stream.retransmitted++;
      if (this.#control.calm) this.#planSecondCopy(lane, stream, sequence);
    }
  }

  #planSecondCopy(lane: Lane, stream: RtpStream, sequence: number): void {
    const timer = setTimeout(() => {
      this.#secondCopies.delete(timer);
      const packet = stream.copy(sequence);
      if (packet) this.#pacer.enqueueRetransmission(lane, packet);
    }, SECOND_COPY_MS);
    this.#secondCopies.add(timer);
  }

  close(): void {
    for (const timer of this.#secondCopies) clearTimeout(timer);
    this.#secondCopies.clear();
  }
}

import type { OutgoingPacket } from './rtp-packet.ts';

/**
 * Waiting here makes a picture old on a good link and spares nothing on a bad one, where it would wait in the network instead: only what could
 * overflow a short queue is spread. (On simulated links, factors from 2.5 to 10 freeze equally seldom.)
 */
const PACE_FACTOR = 5;
const MIN_PACE_BPS = 400_000;
/** What may leave at once after a pause: an ordinary picture of a 3 Mbit/s feed. */
const BURST_BYTES = 12_000;
const BURST_MS = 10;
/**
 * A link whose limit is known is busy all the same with this much more than it: what leaves no faster waits here, where repairs overtake it, and
 * not in the link's queue, where they cannot.
 */
const LIMIT_PACE_FACTOR = 1.3;
const LIMIT_BURST_BYTES = 1_500;
/** Retransmissions may take this part of the target rate, and so much of it at once. Unbounded, they fill the very queue whose overflow they answer. */
const RTX_PART = 0.3;
const RTX_BURST_MS = 400;

/** Sent in this order: what was lost before what is new, clinical pictures before all others. */
export type Lane = 'clinical' | 'other';
const LANES = ['clinicalRtx', 'otherRtx', 'clinical', 'other'] as const;

export interface PacerProbe {
  number: number;
  kbps: number;
  bytes: number;
}

export interface PacerParts {
  send(packet: OutgoingPacket, probe: number | null): void;
  /** False while as much is under way as the path can hold. */
  mayFly(): boolean;
  /** A packet whose only use is to be measured; null when there is none. */
  padding(): OutgoingPacket | null;
  now(): number;
}

/** Spreads video over time so that a key frame does not overflow a thin link's queue, and sends the bursts that measure the link. */
export class Pacer {
  readonly #parts: PacerParts;
  readonly #queues: Record<(typeof LANES)[number], OutgoingPacket[]> = {
    clinicalRtx: [],
    clinical: [],
    otherRtx: [],
    other: [],
  };
  #queuedBytes = 0;
  #paceBps = 10_000_000;
  #rtxBps = 0;
  #rtxBudgetBytes = 0;
  #rtxLastMs: number;
  #burstBytes = BURST_BYTES;
  #budgetBytes = BURST_BYTES;
  #lastMs: number;
  #probe: { number: number; bps: number; leftBytes: number } | undefined;

  constructor(parts: PacerParts) {
    this.#parts = parts;
    this.#lastMs = this.#rtxLastMs = parts.now();
  }

  /** What may be offered, and what the link was seen to carry at most: Infinity while that is not known. */
  setTarget(kbps: number, limitKbps: number): void {
    const bps = kbps * 1000;
    const isLimitKnown = limitKbps < Infinity;
    // What may be offered is more than the limit for a moment after a deep fall.
    const limitBps = Math.max(limitKbps * 1000, bps);
    const paceBps = isLimitKnown ? limitBps * LIMIT_PACE_FACTOR : bps * PACE_FACTOR;
    this.#paceBps = Math.max(MIN_PACE_BPS, paceBps);
    this.#burstBytes = isLimitKnown ? LIMIT_BURST_BYTES : BURST_BYTES;
    const started = this.#rtxBps > 0;
    this.#rtxBps = bps * RTX_PART;
    if (!started) this.#rtxBudgetBytes = (this.#rtxBps * RTX_BURST_MS) / 8000;
  }

  /** How long what waits takes at the present pace. */
  get backlogMs(): number {
    return (this.#queuedBytes * 8000) / this.#paceBps;
  }

  /** The same, but without end while nothing may fly. */
  get queueMs(): number {
    return this.#queuedBytes === 0 || this.#parts.mayFly() ? this.backlogMs : Infinity;
  }

  enqueue(lane: Lane, packets: readonly OutgoingPacket[]): void {
    for (const packet of packets) this.#push(lane, packet);
    this.drain();
  }

  /** False when the packet was dropped because retransmissions have used up their part. */
  enqueueRetransmission(lane: Lane, packet: OutgoingPacket): boolean {
    const now = this.#parts.now();
    const earned = ((now - this.#rtxLastMs) * this.#rtxBps) / 8000;
    this.#rtxLastMs = now;
    this.#rtxBudgetBytes = Math.min((this.#rtxBps * RTX_BURST_MS) / 8000, this.#rtxBudgetBytes + earned);
    if (this.#rtxBudgetBytes < packet.data.length) return false;
    this.#rtxBudgetBytes -= packet.data.length;
    this.#push(`${lane}Rtx`, packet);
    this.drain();
    return true;
  }

  /** Sends the next packets at the probe's rate, with padding where there are none. */
  probe(probe: PacerProbe): void {
    this.#probe = { number: probe.number, bps: probe.kbps * 1000, leftBytes: probe.bytes };
    this.#budgetBytes = 0;
    this.#lastMs = this.#parts.now();
    this.drain();
  }

  /** Forgets what waits: after a silence it is too old to be worth the air. */
  clear(): void {
    for (const lane of LANES) this.#queues[lane] = [];
    this.#queuedBytes = 0;
    this.#probe = undefined;
  }

  /** Sends what the budget allows; called every few ms and by `enqueue`. */
  drain(): void {
    const now = this.#parts.now();
    const bps = this.#probe?.bps ?? this.#paceBps;
    const burst = Math.max(this.#burstBytes, (BURST_MS * bps) / 8000);
    this.#budgetBytes = Math.min(burst, this.#budgetBytes + ((now - this.#lastMs) * bps) / 8000);
    this.#lastMs = now;
    while (this.#budgetBytes > 0 && this.#sendNext());
  }

  #sendNext(): boolean {
    const probe = this.#probe;
    const packet = this.#next() ?? (probe ? this.#parts.padding() : null);
    if (!packet) {
      if (probe && this.#queuedBytes === 0) this.#probe = undefined;
      return false;
    }
    this.#budgetBytes -= packet.data.length;
    this.#parts.send(packet, probe?.number ?? null);
    if (probe) {
      probe.leftBytes -= packet.data.length;
      if (probe.leftBytes <= 0) this.#probe = undefined;
    }
    return true;
  }

  /** Retransmissions are bounded by their own budget; pictures wait behind them until more may fly. */
  #next(): OutgoingPacket | undefined {
    for (const lane of LANES) {
      if (this.#queues[lane].length === 0 || (!lane.endsWith('Rtx') && !this.#parts.mayFly())) continue;
      const packet = this.#queues[lane].shift();
      this.#queuedBytes -= packet?.data.length ?? 0;
      return packet;
    }
    return undefined;
  }

  #push(lane: (typeof LANES)[number], packet: OutgoingPacket): void {
    this.#queues[lane].push(packet);
    this.#queuedBytes += packet.data.length;
  }
}

import type { OutgoingPacket } from './rtp-packet.ts';

/** The pacer sends somewhat faster than the target, so that a frame leaves well before the next one comes. */
const PACE_FACTOR = 2.5;
const MIN_PACE_BPS = 500_000;
/** What may leave at once after a pause. */
const BURST_BYTES = 6_000;
const BURST_MS = 10;
const TICK_MS = 4;
/**
 * Retransmissions may take this part of the target rate, and so much of it at once. Unbounded, they fill the very queue whose overflow
 * they answer.
 */
const RTX_PART = 0.3;
const RTX_BURST_MS = 300;

/** Spreads video over time so that a key frame does not overflow a thin link's queue. Retransmissions go first. */
export class Pacer {
  readonly #send: (packet: OutgoingPacket) => void;
  readonly #now: () => number;
  #media: OutgoingPacket[] = [];
  #rtx: OutgoingPacket[] = [];
  #mediaBytes = 0;
  #rtxBytes = 0;
  #paceBps = 10_000_000;
  #rtxBudgetBytes = 0;
  #rtxBps = 0;
  #rtxLastMs: number;
  #budgetBytes = BURST_BYTES;
  #lastMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (packet: OutgoingPacket) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
    this.#lastMs = now();
    this.#rtxLastMs = now();
  }

  setTargetBps(targetBps: number): void {
    this.#paceBps = Math.max(MIN_PACE_BPS, targetBps * PACE_FACTOR);
    const started = this.#rtxBps > 0;
    this.#rtxBps = targetBps * RTX_PART;
    if (!started) this.#rtxBudgetBytes = (this.#rtxBps * RTX_BURST_MS) / 8000;
  }

  /** How long what is waiting will take. */
  get queueMs(): number {
    return ((this.#mediaBytes + this.#rtxBytes) * 8000) / this.#paceBps;
  }

  enqueue(packets: OutgoingPacket[]): void {
    this.#media.push(...packets);
    this.drain();
  }

  /** False when the packet was dropped because retransmissions have used up their part. */
  enqueueRetransmission(packet: OutgoingPacket): boolean {
    const now = this.#now();
    const earned = ((now - this.#rtxLastMs) * this.#rtxBps) / 8000;
    this.#rtxLastMs = now;
    this.#rtxBudgetBytes = Math.min((this.#rtxBps * RTX_BURST_MS) / 8000, this.#rtxBudgetBytes + earned);
    if (this.#rtxBudgetBytes < packet.data.length) return false;
    this.#rtxBudgetBytes -= packet.data.length;
    this.#rtx.push(packet);
    this.drain();
    return true;
  }

  /** Sends what the budget allows; called by the timer and by `enqueue`. */
  drain(): void {
    const now = this.#now();
    const burst = Math.max(BURST_BYTES, (BURST_MS * this.#paceBps) / 8000);
    this.#budgetBytes = Math.min(burst, this.#budgetBytes + ((now - this.#lastMs) * this.#paceBps) / 8000);
    this.#lastMs = now;
    while (this.#budgetBytes > 0) {
      const packet = this.#rtx.shift() ?? this.#media.shift();
      if (!packet) break;
      this.#budgetBytes -= packet.data.length;
      this.#send(packet);
    }
    this.#mediaBytes = this.#media.reduce((sum, packet) => sum + packet.data.length, 0);
    this.#rtxBytes = this.#rtx.reduce((sum, packet) => sum + packet.data.length, 0);
    if (this.#media.length + this.#rtx.length > 0) this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
  }

  #tick(): void {
    this.#timer = undefined;
    this.drain();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#media = [];
    this.#rtx = [];
    this.#mediaBytes = this.#rtxBytes = 0;
  }
}

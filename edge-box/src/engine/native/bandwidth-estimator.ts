import { DelayTrend } from './delay-trend.ts';
import { StandingQueue } from './standing-queue.ts';
import type { PacketArrival } from './transport-feedback.ts';

const MIN_KBPS = 150;
const BACK_OFF = 0.85;
/** One step down is never larger, unless a long queue proves it: what arrived in one bad moment says little. */
const MAX_STEP_DOWN = 0.75;
const MAX_STEP_DOWN_QUEUED = 0.4;
const LONG_QUEUE_MS = 100;
/** A rising delay counts only when so much of a queue stands; below that it is a busy machine's jitter. */
const MIN_QUEUE_MS = 15;
/** How fast it grows: careful near the rate that was too much, bold otherwise. */
const CAREFUL_KBPS_PER_S = 100;
const BOLD_PER_S = 0.25;
const NEAR_CEILING = 0.9;
/** The memory of the rate that was too much fades, or a link that recovered would never be found out. */
const CEILING_MEMORY_MS = 4_000;
/** An encoder that sends less than it may proves nothing about the link. */
const APP_LIMIT = 1.6;
const ACKED_WINDOW_MS = 500;
const BACK_OFF_GUARD_MS = 250;
const LOSS_LIMIT = 0.1;
const LOSS_WINDOW_PACKETS = 50;
const SILENCE_MS = 500;
const SILENCE_FACTOR = 0.7;
const HISTORY = 0x10000;

interface SentPacket {
  sendMs: number;
  bytes: number;
}

/** Says what the uplink carries, from when the packets of transport-wide feedback arrived (delay) and whether (loss). */
export class BandwidthEstimator {
  readonly #maxKbps: number;
  readonly #sent: (SentPacket | undefined)[] = new Array<SentPacket | undefined>(HISTORY);
  readonly #trend = new DelayTrend();
  readonly #queue = new StandingQueue();
  #acked: { arrivalMs: number; bytes: number }[] = [];
  #lossWindow: boolean[] = [];
  #lastFeedbackMs: number | undefined;
  #lastBackOffMs = -Infinity;
  #ceilingKbps = Infinity;
  #silentSinceMs: number | undefined;
  #lastSilenceStepMs = 0;
  kbps: number;

  constructor(startKbps: number, maxKbps: number) {
    this.kbps = startKbps;
    this.#maxKbps = maxKbps;
  }

  onSent(sequence: number, bytes: number, sendMs: number): void {
    this.#sent[sequence] = { sendMs, bytes };
  }

  /** Returns true when feedback came back after a silence: what was in flight is likely lost, viewers need a key frame. */
  onFeedback(arrivals: PacketArrival[], nowMs: number): boolean {
    const elapsedMs = Math.min(250, nowMs - (this.#lastFeedbackMs ?? nowMs));
    const resumed = this.#silentSinceMs !== undefined;
    this.#silentSinceMs = undefined;
    this.#lastFeedbackMs = nowMs;
    const delaysMs: number[] = [];
    for (const { sequence, arrivalMs } of arrivals) {
      const packet = this.#sent[sequence];
      if (!packet) continue;
      this.#lossWindow.push(arrivalMs === null);
      if (arrivalMs === null) continue;
      this.#sent[sequence] = undefined;
      this.#acked.push({ arrivalMs, bytes: packet.bytes });
      this.#trend.add(packet.sendMs, arrivalMs);
      delaysMs.push(arrivalMs - packet.sendMs);
    }
    this.#queue.add(delaysMs, nowMs);
    const newestMs = this.#acked.at(-1)?.arrivalMs ?? 0;
    this.#acked = this.#acked.filter(({ arrivalMs }) => arrivalMs > newestMs - ACKED_WINDOW_MS);
    this.#react(elapsedMs, nowMs);
    return resumed;
  }

  /** Called regularly: without feedback the offer shrinks, so that a link that comes back is not flooded. */
  onTick(nowMs: number): void {
    if (this.#lastFeedbackMs === undefined || nowMs - this.#lastFeedbackMs < SILENCE_MS) return;
    this.#silentSinceMs ??= nowMs;
    if (nowMs - this.#lastSilenceStepMs < SILENCE_MS) return;
    this.#lastSilenceStepMs = nowMs;
    this.kbps = Math.max(MIN_KBPS, this.kbps * SILENCE_FACTOR);
  }

  /** What arrived lately; null when too little did to say. */
  #ackedKbps(): number | null {
    const first = this.#acked[0];
    const last = this.#acked.at(-1);
    if (!first || !last || last.arrivalMs - first.arrivalMs < ACKED_WINDOW_MS / 4) return null;
    const bytes = this.#acked.reduce((sum, packet) => sum + packet.bytes, 0) - first.bytes;
    return (bytes * 8) / (last.arrivalMs - first.arrivalMs);
  }

  #react(elapsedMs: number, nowMs: number): void {
    const ackedKbps = this.#ackedKbps();
    const lossy = this.#takeLoss() > LOSS_LIMIT;
    const overuse = this.#trend.state === 'overuse' && this.#queue.ms > MIN_QUEUE_MS;
    if (overuse || lossy) {
      if (nowMs - this.#lastBackOffMs < BACK_OFF_GUARD_MS) return;
      this.#lastBackOffMs = nowMs;
      this.#ceilingKbps = Math.min(this.kbps, ackedKbps ?? this.kbps);
      const step = this.#queue.ms > LONG_QUEUE_MS ? MAX_STEP_DOWN_QUEUED : MAX_STEP_DOWN;
      this.kbps = Math.max(MIN_KBPS, step * this.kbps, BACK_OFF * this.#ceilingKbps);
      return;
    }
    // While a queue drains, growing would only fill it again.
    if (this.#trend.state === 'underuse') return;
    if (nowMs - this.#lastBackOffMs > CEILING_MEMORY_MS) this.#ceilingKbps = Infinity;
    const near = this.kbps > NEAR_CEILING * this.#ceilingKbps;
    const grown = this.kbps + ((near ? CAREFUL_KBPS_PER_S : BOLD_PER_S * this.kbps) * elapsedMs) / 1000;
    const limit = Math.min(this.#maxKbps, APP_LIMIT * (ackedKbps ?? 0));
    if (grown > this.kbps) this.kbps = Math.max(this.kbps, Math.min(grown, limit));
  }

  #takeLoss(): number {
    if (this.#lossWindow.length < LOSS_WINDOW_PACKETS) return 0;
    const lost = this.#lossWindow.filter(Boolean).length / this.#lossWindow.length;
    this.#lossWindow = [];
    return lost;
  }
}

import { describe, expect, it } from 'vitest';
import { BandwidthEstimator } from './bandwidth-estimator.ts';
import type { PacketArrival } from './transport-feedback.ts';

const PACKET_BYTES = 1_000;
const FEEDBACK_MS = 100;

/** A link with a rate, a delay and a bounded queue, on which a sender sends as much as the estimator allows (to `appKbps`). */
class SimulatedLink {
  readonly estimator = new BandwidthEstimator(2_500, 6_000);
  capKbps = 10_000;
  lossPart = 0;
  silent = false;
  /** The receiver is stopped this long, once a second, and then takes all that waited. */
  stallMs = 0;
  appKbps = 4_800;
  nowMs = 0;
  maxQueueMs = 0;
  #sequence = 0;
  #linkFreeMs = 0;
  #owedBytes = 0;
  #pending: PacketArrival[] = [];
  #nextFeedbackMs = FEEDBACK_MS;
  #seed = 7;
  resumed = 0;

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return this.#seed / 2 ** 32;
  }

  run(durationMs: number): void {
    this.maxQueueMs = 0;
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs++) {
      this.#owedBytes += Math.min(this.estimator.kbps, this.appKbps) / 8;
      while (this.#owedBytes >= PACKET_BYTES) this.#send();
      this.estimator.onTick(this.nowMs);
      if (this.nowMs >= this.#nextFeedbackMs) this.#feedback();
    }
  }

  #send(): void {
    this.#owedBytes -= PACKET_BYTES;
    const sequence = this.#sequence++ & 0xffff;
    this.estimator.onSent(sequence, PACKET_BYTES, this.nowMs);
    const queueMs = Math.max(0, this.#linkFreeMs - this.nowMs);
    this.maxQueueMs = Math.max(this.maxQueueMs, queueMs);
    const dropped = queueMs > 400 || this.#random() < this.lossPart || this.silent;
    if (!dropped)
      this.#linkFreeMs = Math.max(this.nowMs, this.#linkFreeMs) + (PACKET_BYTES * 8) / this.capKbps;
    this.#pending.push({ sequence, arrivalMs: dropped ? null : this.#stalled(this.#linkFreeMs + 40) });
  }

  #stalled(arrivalMs: number): number {
    const phase = arrivalMs % 1_000;
    return phase < this.stallMs ? arrivalMs - phase + this.stallMs : arrivalMs;
  }

  #feedback(): void {
    this.#nextFeedbackMs += FEEDBACK_MS;
    if (this.silent) return;
    const lastArrived = this.#pending.findLastIndex(
      (p) => p.arrivalMs !== null && p.arrivalMs <= this.nowMs - 40,
    );
    const ready = this.#pending.splice(0, lastArrived + 1);
    if (ready.length > 0 && this.estimator.onFeedback(ready, this.nowMs)) this.resumed++;
  }
}

describe('bandwidth estimator', () => {
  it('grows to what the feeds can use on a good link', () => {
    const link = new SimulatedLink();
    link.run(6_000);
    expect(link.estimator.kbps).toBeGreaterThan(4_800);
  });

  it('goes below a cap within three seconds and keeps the queue short afterwards', () => {
    const link = new SimulatedLink();
    link.run(5_000);
    link.capKbps = 800;
    link.run(3_000);
    expect(link.estimator.kbps).toBeLessThan(850);
    link.run(7_000);
    expect(link.maxQueueMs).toBeLessThan(300);
    expect(link.estimator.kbps).toBeGreaterThan(400);
  });

  it('finds the capacity again after the cap ends', () => {
    const link = new SimulatedLink();
    link.run(5_000);
    link.capKbps = 800;
    link.run(10_000);
    link.capKbps = 10_000;
    link.run(15_000);
    expect(link.estimator.kbps).toBeGreaterThan(2_500);
  });

  it('is not driven down by 2 % random loss', () => {
    const link = new SimulatedLink();
    link.lossPart = 0.02;
    link.run(10_000);
    expect(link.estimator.kbps).toBeGreaterThan(4_000);
  });

  it('is not driven down by a busy machine that stalls for 150 ms every second', () => {
    const link = new SimulatedLink();
    link.stallMs = 150;
    link.run(6_000);
    for (let i = 0; i < 50; i++) {
      link.run(100);
      expect(link.estimator.kbps).toBeGreaterThan(4_500);
    }
  });

  it('gives way to heavy loss', () => {
    const link = new SimulatedLink();
    link.lossPart = 0.3;
    link.run(5_000);
    expect(link.estimator.kbps).toBeLessThan(1_000);
  });

  it('shrinks while feedback is silent and says when it is back', () => {
    const link = new SimulatedLink();
    link.run(5_000);
    const before = link.estimator.kbps;
    link.silent = true;
    link.run(1_500);
    expect(link.estimator.kbps).toBeLessThan(before * 0.8);
    expect(link.resumed).toBe(0);
    link.silent = false;
    link.run(300);
    expect(link.resumed).toBe(1);
  });

  it('does not grow beyond what the sender has shown to fit', () => {
    const link = new SimulatedLink();
    link.appKbps = 600;
    link.run(20_000);
    expect(link.estimator.kbps).toBeLessThanOrEqual(2_500);
  });
});

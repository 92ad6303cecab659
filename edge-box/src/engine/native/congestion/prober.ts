import { deliveryRateOf } from './delivery-rate.ts';
import type { Report } from './sent-packets.ts';

export interface Probe {
  number: number;
  kbps: number;
  bytes: number;
}

/** Long enough for the arrivals to show a rate, short enough to leave no queue behind that anybody would see. */
const PROBE_MS = 60;
const MIN_PROBE_BYTES = 8 * 1_100;
const PROBE_FACTOR = 2;
/** Without an answer in this time the probe was lost. */
const ANSWER_MS = 1_000;
/** A probe that came out nearly as fast as it went in did not find the limit yet. */
const PASSED = 0.85;
/** The link was sent more than this part of the probe; less says nothing. */
const ENOUGH_ARRIVED = 0.7;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 2_500;
const PAUSE_GROWTH = 1.5;

/**
 * Finds out what the link carries beyond what is being sent: a short burst at twice the rate, and how fast it comes out. Tried seldom while
 * the link has nothing more to give, at once again after a success.
 */
export class Prober {
  #current: Probe | undefined;
  #askedAtMs = -Infinity;
  #reports: Report[] = [];
  #pauseMs = 0;
  #notBeforeMs = -Infinity;
  #numbers = 0;

  /** The next probe, when one is due; the caller sends it at once. */
  due(kbps: number, maxKbps: number, nowMs: number): Probe | null {
    if (this.#current && nowMs - this.#askedAtMs > ANSWER_MS) this.#fail(nowMs);
    if (this.#current || nowMs < this.#notBeforeMs) return null;
    const probeKbps = Math.min(maxKbps, kbps * PROBE_FACTOR);
    if (probeKbps < kbps * 1.1) return null;
    this.#askedAtMs = nowMs;
    this.#reports = [];
    this.#current = {
      number: ++this.#numbers,
      kbps: probeKbps,
      bytes: Math.max(MIN_PROBE_BYTES, (probeKbps * PROBE_MS) / 8),
    };
    return this.#current;
  }

  /** Reports of one feedback. Returns what the link was seen to carry, in kbit/s, once the probe has come through; else null. */
  onReports(reports: readonly Report[], nowMs: number): number | null {
    const probe = this.#current;
    if (!probe) return null;
    this.#reports.push(...reports.filter((report) => report.probe === probe.number));
    const reported = this.#reports.reduce((sum, { bytes }) => sum + bytes, 0);
    if (reported < probe.bytes) return null;
    const arrived = this.#reports.reduce(
      (sum, { bytes, arrivalMs }) => sum + (arrivalMs === null ? 0 : bytes),
      0,
    );
    const rate = deliveryRateOf(this.#reports);
    if (!rate || arrived < ENOUGH_ARRIVED * reported) {
      this.#fail(nowMs);
      return null;
    }
    if (rate.arrivedKbps < PASSED * rate.sentKbps) {
      this.#fail(nowMs);
      return rate.arrivedKbps;
    }
    this.#current = undefined;
    this.#pauseMs = 0;
    this.#notBeforeMs = nowMs;
    return Math.min(rate.arrivedKbps, rate.sentKbps);
  }

  /** The link just showed its limit: no probe for a while. */
  postpone(nowMs: number): void {
    this.#current = undefined;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#notBeforeMs = nowMs + FIRST_PAUSE_MS;
  }

  #fail(nowMs: number): void {
    this.#current = undefined;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * PAUSE_GROWTH));
    this.#notBeforeMs = nowMs + this.#pauseMs;
  }
}

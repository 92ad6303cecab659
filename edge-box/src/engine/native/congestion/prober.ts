import { deliveryRateOf } from './delivery-rate.ts';
import type { Report } from './sent-packets.ts';

export interface Probe {
  number: number;
  kbps: number;
  bytes: number;
}

/** What the link was seen to carry; when the probe passed, it may carry more. */
export interface ProbeResult {
  kbps: number;
  passed: boolean;
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
/** Between two probes while the link has nothing more to give: a twentieth of what it carries, for a return that is seen within two seconds. */
const PAUSE_MS = 1_000;
/** After pictures have shown it; they stop showing it as soon as there is more. */
const PUT_OFF_MS = 500;
/** Pictures may be mistaken for ever; a probe is not. */
const MAX_PAUSE_MS = 5_000;

/**
 * Finds out what the link carries beyond what is being sent: a short burst at twice the rate, and how fast it comes out. Now and then
 * while the link has nothing more to give, at once again after a success.
 */
export class Prober {
  #current: Probe | undefined;
  #askedAtMs = -Infinity;
  #reports: Report[] = [];
  #notBeforeMs = -Infinity;
  #numbers = 0;

  /** The next probe, when one is due; the caller sends it at once. */
  due(kbps: number, maxKbps: number, nowMs: number): Probe | null {
    if (this.#current && nowMs - this.#askedAtMs > ANSWER_MS) this.postpone(nowMs);
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

  /** Reports of one feedback. Returns what they show once the probe has come through; else null. */
  onReports(reports: readonly Report[], nowMs: number): ProbeResult | null {
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
      this.postpone(nowMs);
      return null;
    }
    if (rate.arrivedKbps < PASSED * rate.sentKbps) {
      this.postpone(nowMs);
      return { kbps: rate.arrivedKbps, passed: false };
    }
    this.#current = undefined;
    this.#notBeforeMs = nowMs;
    return { kbps: Math.min(rate.arrivedKbps, rate.sentKbps), passed: true };
  }

  /** Pictures show the limit by themselves: no probe for a while, but some time all the same. */
  putOff(nowMs: number): void {
    if (this.#current) return;
    const untilMs = Math.min(nowMs + PUT_OFF_MS, this.#askedAtMs + MAX_PAUSE_MS);
    this.#notBeforeMs = Math.max(this.#notBeforeMs, untilMs);
  }

  /** The link showed its limit, or lost the probe: none for a while. */
  postpone(nowMs: number): void {
    this.#current = undefined;
    this.#notBeforeMs = nowMs + PAUSE_MS;
  }
}

/**
 * Google congestion control's delay detector: packets sent together form a group; if groups arrive ever later than they were sent, the
 * slope of that lateness says a queue is growing before it is full (draft-ietf-rmcat-gcc, trendline filter as in libwebrtc).
 */
const GROUP_MS = 5;
const WINDOW_GROUPS = 20;
const SMOOTHING = 0.9;
const GAIN = 4;
const THRESHOLD_START_MS = 12.5;
const THRESHOLD_MIN_MS = 6;
const THRESHOLD_MAX_MS = 600;
const THRESHOLD_UP = 0.0087;
const THRESHOLD_DOWN = 0.039;
const OVERUSE_TIME_MS = 10;

export type DelayState = 'normal' | 'overuse' | 'underuse';

interface Group {
  firstSendMs: number;
  lastSendMs: number;
  lastArrivalMs: number;
}

export class DelayTrend {
  #current: Group | undefined;
  #previous: Group | undefined;
  #points: { arrivalMs: number; delayMs: number }[] = [];
  #accumulatedMs = 0;
  #smoothedMs = 0;
  #firstArrivalMs: number | undefined;
  #groups = 0;
  #thresholdMs = THRESHOLD_START_MS;
  #overuseMs = 0;
  #previousTrend = 0;
  #lastUpdateMs: number | undefined;
  state: DelayState = 'normal';

  /** One received packet, in the order of arrival. */
  add(sendMs: number, arrivalMs: number): void {
    const group = this.#current;
    if (!group) {
      this.#current = { firstSendMs: sendMs, lastSendMs: sendMs, lastArrivalMs: arrivalMs };
      return;
    }
    if (sendMs < group.firstSendMs) return;
    if (sendMs - group.firstSendMs <= GROUP_MS) {
      group.lastSendMs = Math.max(group.lastSendMs, sendMs);
      group.lastArrivalMs = Math.max(group.lastArrivalMs, arrivalMs);
      return;
    }
    if (this.#previous) this.#onGroup(this.#previous, group);
    this.#previous = group;
    this.#current = { firstSendMs: sendMs, lastSendMs: sendMs, lastArrivalMs: arrivalMs };
  }

  #onGroup(before: Group, now: Group): void {
    const sendDeltaMs = now.lastSendMs - before.lastSendMs;
    const arrivalDeltaMs = now.lastArrivalMs - before.lastArrivalMs;
    this.#firstArrivalMs ??= now.lastArrivalMs;
    this.#groups++;
    this.#accumulatedMs += arrivalDeltaMs - sendDeltaMs;
    this.#smoothedMs = SMOOTHING * this.#smoothedMs + (1 - SMOOTHING) * this.#accumulatedMs;
    this.#points.push({ arrivalMs: now.lastArrivalMs - this.#firstArrivalMs, delayMs: this.#smoothedMs });
    if (this.#points.length > WINDOW_GROUPS) this.#points.shift();
    const trend = this.#points.length === WINDOW_GROUPS ? slope(this.#points) : 0;
    this.#judge(trend, sendDeltaMs, now.lastArrivalMs);
  }

  #judge(trend: number, sendDeltaMs: number, arrivalMs: number): void {
    const modified = Math.min(this.#groups, 60) * trend * GAIN;
    if (modified > this.#thresholdMs) {
      this.#overuseMs += sendDeltaMs;
      if (this.#overuseMs > OVERUSE_TIME_MS && trend >= this.#previousTrend) {
        this.#overuseMs = 0;
        this.state = 'overuse';
      }
    } else {
      this.#overuseMs = 0;
      this.state = modified < -this.#thresholdMs ? 'underuse' : 'normal';
    }
    this.#previousTrend = trend;
    this.#adaptThreshold(modified, arrivalMs);
  }

  /** A spike far beyond the threshold (a route change) must not drag it along. */
  #adaptThreshold(modified: number, arrivalMs: number): void {
    const elapsedMs = Math.min(100, arrivalMs - (this.#lastUpdateMs ?? arrivalMs));
    this.#lastUpdateMs = arrivalMs;
    const magnitude = Math.abs(modified);
    if (magnitude > this.#thresholdMs + 15) return;
    const k = magnitude < this.#thresholdMs ? THRESHOLD_DOWN : THRESHOLD_UP;
    const next = this.#thresholdMs + k * (magnitude - this.#thresholdMs) * elapsedMs;
    this.#thresholdMs = Math.max(THRESHOLD_MIN_MS, Math.min(THRESHOLD_MAX_MS, next));
  }
}

/** Least squares slope of delay over arrival time. */
function slope(points: { arrivalMs: number; delayMs: number }[]): number {
  const meanX = points.reduce((sum, p) => sum + p.arrivalMs, 0) / points.length;
  const meanY = points.reduce((sum, p) => sum + p.delayMs, 0) / points.length;
  let numerator = 0;
  let denominator = 0;
  for (const { arrivalMs, delayMs } of points) {
    numerator += (arrivalMs - meanX) * (delayMs - meanY);
    denominator += (arrivalMs - meanX) ** 2;
  }
  return denominator === 0 ? 0 : numerator / denominator;
}

import type { PacketArrival } from '../transport-feedback.ts';
import { deliveryRateOf, serviceKbpsOf } from './delivery-rate.ts';
import { PathQueue } from './path-queue.ts';
import { Prober } from './prober.ts';
import type { Probe, ProbeResult } from './prober.ts';
import { SentPackets } from './sent-packets.ts';
import type { Report } from './sent-packets.ts';

/**
 * All numbers below were tuned on simulated links (`testing/simulated-uplink.ts`) and checked on the rig in `test/link`; the hub
 * (mediasoup) reports arrivals every 100 ms.
 */
const FEEDBACK_INTERVAL_MS = 100;
const MIN_KBPS = 120;
/**
 * After a limit was seen, offer so much less, so that the queue can drain and sound, repairs and checks keep their place: they need about the
 * same on every link, which is a larger part of a thin one.
 */
const HEADROOM_KBPS = 180;
const HEADROOM_PART = { least: 0.08, most: 0.15 };
const offerable = (limitKbps: number): number => {
  const part = Math.max(HEADROOM_PART.least, Math.min(HEADROOM_PART.most, HEADROOM_KBPS / limitKbps));
  return limitKbps * (1 - part);
};
/**
 * Grow no nearer to a limit that was seen than this part more than what is offered at once: probes must find their place, too. Nearer, what is
 * offered is over the limit for a second now and then; further off, pictures are thinner than they need be.
 */
const APPROACH_PART = 0.03;
/** One burst says little: within this part of what is known of a limit, a probe counts half. */
const SAME_LIMIT_PART = 0.15;
/** A report with pictures that queued says as much, ten times a second. */
const CONFIRM_WEIGHT = 0.1;
/** Never down to less than this part at once: a starved machine can look like a dying link for a moment. */
const MAX_CUT = 0.2;
/** A queue that stands this long is ours to remove. */
const STANDING_LIMIT_MS = 50;
/** So is one that grew by this much within one feedback, when packets came out slower than this part of how fast they went in. */
const GROWTH_LIMIT_MS = 20;
const SLOWER = 0.75;
/** Packets that waited this long came out at the link's own rate; it is read from no less than this time. */
const QUEUED_MS = 10;
const EVIDENCE_MS = 12;
/** Long enough for any queue to drain that we stopped feeding. */
const DRAIN_MS = 1_000;
/** Radio links lose a few percent at random; this much means a limiter without a queue. */
const LOSS_LIMIT = 0.12;
const LOSS_WINDOW_MS = 500;
const LOSS_MIN_PACKETS = 20;
const CALM_QUEUE_MS = 20;
/** Growth by feeds that use what they may, each second. */
const GROWTH_PER_S = 0.08;
const MIN_GROWTH_KBPS = 80;
/** Feeds that send less than this part of the estimate prove nothing about the link. */
const USED = 0.7;
const RATE_WINDOW_MS = 300;
/** Bytes under way beyond a round trip and a feedback: plenty, since a key frame must not wait. */
const CALM_SLACK_MS = 300;
/** What waits behind so short a queue reaches the link before it is idle. */
const DRAINED_MS = 40;
/** Held longer than this, a link was so overfull that it has likely dropped packets by the dozen. */
const LONG_HOLD_MS = 200;
const FIRST_RTT_MS = 100;
/** How fast a shortest round trip may grow back, each feedback: routes do change. */
const RTT_DRIFT = 1.002;
const SILENCE_MS = 350;

export interface CongestionLimits {
  startKbps: number;
  /** More than the feeds could ever use, so that they are not held back by an estimate that nobody needs. */
  maxKbps: number;
}

/**
 * Says what may be offered to the uplink, from when packets came out at its other end (transport-wide feedback). Pure: time is given, nothing
 * is sent from here. Units: kbit/s, bytes, ms.
 */
export class CongestionControl {
  readonly #maxKbps: number;
  readonly #sent = new SentPackets();
  readonly #queue = new PathQueue();
  readonly #prober = new Prober();
  #recent: Report[] = [];
  #lossWindow: { nowMs: number; lost: number; count: number }[] = [];
  #rttMs = FIRST_RTT_MS;
  #lastFeedbackMs: number | undefined;
  #lastBackOffMs = -Infinity;
  #calmAtMs = -Infinity;
  #draining = false;
  /** What the link carried when its queue was last seen full. */
  #carriedKbps = Infinity;
  /** What it carries by all that was seen; Infinity while every probe passes. */
  #limitKbps = Infinity;
  #newestSendMs = 0;
  #silent = false;
  #heldSinceMs: number | null = null;
  #skip = false;
  kbps: number;

  constructor({ startKbps, maxKbps }: CongestionLimits) {
    this.kbps = startKbps;
    this.#maxKbps = maxKbps;
  }

  /** What the link carries at most by all that was seen; Infinity while every probe passes. */
  get limitKbps(): number {
    return this.#limitKbps;
  }

  get queueMs(): number {
    return this.#queue.standingMs;
  }

  /** Shortest round trip seen, without the feedback's own interval. */
  get rttMs(): number {
    return this.#rttMs;
  }

  /** No queue on the path that anybody would notice. */
  get calm(): boolean {
    return !this.#silent && !this.#draining && this.#queue.floorMs < CALM_QUEUE_MS;
  }

  get silent(): boolean {
    return this.#silent;
  }

  onSent(sequence: number, bytes: number, nowMs: number, probe: number | null): void {
    this.#sent.add(sequence, { bytes, sendMs: nowMs, probe });
  }

  /** Video may leave: the path has room for it. */
  mayFly(nowMs: number): boolean {
    if (this.#draining) return this.#predictedQueueMs(nowMs) < DRAINED_MS;
    const windowMs = this.#rttMs + FEEDBACK_INTERVAL_MS + CALM_SLACK_MS;
    return this.#sent.inFlightBytes < (this.kbps * windowMs) / (8 * (1 - HEADROOM_PART.most));
  }

  /** What waits on the path now: what waited when the newest report was made, more for what was sent since, less for the time. */
  #predictedQueueMs(nowMs: number): number {
    const sinceMs = (this.#sent.inFlightBytes * 8) / this.#carriedKbps;
    return this.#queue.newestMs + sinceMs - (nowMs - this.#newestSendMs);
  }

  /** A probe that is to be sent now, or null. Only while the path is calm. */
  probeDue(nowMs: number): Probe | null {
    if (this.#silent || this.#lastFeedbackMs === undefined || this.#queue.floorMs > CALM_QUEUE_MS)
      return null;
    return this.#prober.due(this.kbps, this.#maxKbps, nowMs);
  }

  onFeedback(arrivals: readonly PacketArrival[], nowMs: number): void {
    const reports = this.#sent.settle(arrivals);
    if (reports.length === 0) return;
    const resumed = this.#silent;
    this.#skip ||= resumed;
    const elapsedMs = Math.min(FEEDBACK_INTERVAL_MS * 2, nowMs - (this.#lastFeedbackMs ?? nowMs));
    this.#silent = false;
    this.#lastFeedbackMs = nowMs;
    const received = reports.filter(({ arrivalMs }) => arrivalMs !== null);
    const newest = received.at(-1);
    if (newest) {
      this.#rttMs = Math.min(this.#rttMs * RTT_DRIFT, nowMs - newest.sendMs);
      this.#newestSendMs = newest.sendMs;
    }
    this.#queue.add(
      received.map(({ arrivalMs, sendMs }) => (arrivalMs ?? 0) - sendMs),
      nowMs,
    );
    this.#remember(reports, nowMs);
    const found = this.#prober.onReports(reports, nowMs);
    if (!found && this.#confirms(reports)) this.#prober.putOff(nowMs);
    const limitKbps = this.#limitSeen(reports);
    // A probe makes a queue that is gone by itself, if the link carries what is offered without it.
    const tolerableKbps = reports.some(({ probe }) => probe !== null) ? limitKbps : offerable(limitKbps);
    if (tolerableKbps < this.kbps) this.#backOff(limitKbps, nowMs);
    else if (found) this.#learn(found);
    else if (!resumed) this.#grow(elapsedMs);
    this.#settle(nowMs);
  }

  /** Called every few ms. */
  onTick(nowMs: number): void {
    this.#watchWindow(nowMs);
    this.#sent.forgetBefore(nowMs - this.#rttMs - FEEDBACK_INTERVAL_MS - SILENCE_MS - this.#queue.newestMs);
    if (this.#lastFeedbackMs === undefined || nowMs - this.#lastFeedbackMs < SILENCE_MS) return;
    if (!this.#silent && this.#sent.inFlightBytes === 0) return;
    this.#silent = true;
  }

  /**
   * True once after a long hold, whether a queue drained or the path was silent: what was sent before it may be lost in numbers that are not
   * worth waiting for. Drop what waits and begin anew with a key frame.
   */
  takeSkip(): boolean {
    const skip = this.#skip;
    this.#skip = false;
    return skip;
  }

  /** The path answers a check: a silence is over sooner than the hub's next report says. */
  onPathAlive(nowMs: number): void {
    if (!this.#silent) return;
    this.#silent = false;
    this.#lastFeedbackMs = nowMs;
    this.#skip = true;
  }

  /** Media moved to another path: its delay and its rate are yet to be seen, and what was under way is lost. */
  onPathChange(nowMs: number): void {
    this.#silent = false;
    this.#lastFeedbackMs = nowMs;
    this.#sent.forgetBefore(nowMs);
    this.#skip = true;
    this.#queue.forget();
    this.#rttMs = FIRST_RTT_MS;
    this.#draining = false;
    this.#limitKbps = Infinity;
  }

  #watchWindow(nowMs: number): void {
    if (!this.mayFly(nowMs)) this.#heldSinceMs ??= nowMs;
    else {
      this.#skip ||= this.#heldSinceMs !== null && nowMs - this.#heldSinceMs > LONG_HOLD_MS;
      this.#heldSinceMs = null;
    }
  }

  #remember(reports: readonly Report[], nowMs: number): void {
    this.#recent.push(...reports.filter(({ arrivalMs }) => arrivalMs !== null));
    const newestMs = this.#recent.at(-1)?.arrivalMs ?? 0;
    this.#recent = this.#recent.filter(({ arrivalMs }) => (arrivalMs ?? 0) > newestMs - RATE_WINDOW_MS);
    const lost = reports.filter(({ arrivalMs }) => arrivalMs === null).length;
    this.#lossWindow = this.#lossWindow.filter((each) => nowMs - each.nowMs < LOSS_WINDOW_MS);
    this.#lossWindow.push({ nowMs, lost, count: reports.length });
  }

  #lossy(): boolean {
    const count = this.#lossWindow.reduce((sum, each) => sum + each.count, 0);
    const lost = this.#lossWindow.reduce((sum, each) => sum + each.lost, 0);
    return count >= LOSS_MIN_PACKETS && lost / count > LOSS_LIMIT;
  }

  /** The rate that the link was seen to carry, when that is less than what is offered; Infinity when there is nothing to react to. */
  #limitSeen(reports: readonly Report[]): number {
    // What was sent before the last reaction was answered by it.
    const news = reports.filter(({ sendMs }) => sendMs > this.#lastBackOffMs);
    if (news.every(({ arrivalMs }) => arrivalMs === null)) return Infinity;
    if (this.#lossy()) return deliveryRateOf(this.#recent)?.arrivedKbps ?? this.kbps;
    const service = this.#serviceKbps(news);
    const rate = deliveryRateOf(news);
    const slower = rate !== null && rate.arrivedKbps < SLOWER * rate.sentKbps;
    if (this.#queue.growthMs > GROWTH_LIMIT_MS && slower && service !== null) return service;
    if (this.#draining || this.#queue.standingMs < STANDING_LIMIT_MS) return Infinity;
    return service ?? deliveryRateOf(this.#recent)?.arrivedKbps ?? this.kbps;
  }

  #serviceKbps(reports: readonly Report[]): number | null {
    const evidence = { queuedMs: QUEUED_MS, minSpanMs: EVIDENCE_MS };
    return serviceKbpsOf(reports, this.#queue.baseMs, evidence);
  }

  #backOff(limitKbps: number, nowMs: number): void {
    this.#prober.postpone(nowMs);
    this.#lastBackOffMs = nowMs;
    this.#draining = true;
    this.#carriedKbps = limitKbps;
    this.#limitKbps = limitKbps;
    const leastKbps = Math.max(MIN_KBPS, this.kbps * MAX_CUT);
    this.kbps = Math.max(leastKbps, offerable(Math.min(this.kbps, limitKbps)));
    this.#lossWindow = [];
  }

  /** A queue that we stopped feeding long ago is gone. What still delays packets is the path (another route, another cell). */
  #settle(nowMs: number): void {
    if (this.#queue.newestMs < CALM_QUEUE_MS) this.#draining = false;
    if (this.#queue.floorMs < CALM_QUEUE_MS) this.#calmAtMs = nowMs;
    else if (nowMs - Math.max(this.#calmAtMs, this.#lastBackOffMs) > DRAIN_MS) {
      this.#rttMs += this.#queue.standingMs;
      this.#queue.rebase();
    }
    if (nowMs - this.#lastBackOffMs > DRAIN_MS) this.#draining = false;
  }

  #learn({ kbps, passed }: ProbeResult): void {
    const shownKbps = !passed && this.#isNearLimit(kbps) ? (this.#limitKbps + kbps) / 2 : kbps;
    // What is offered gets through, whatever a burst says.
    this.#limitKbps = passed ? Infinity : Math.max(this.kbps, shownKbps);
    this.kbps = Math.min(this.#maxKbps, Math.max(this.kbps, offerable(shownKbps)));
  }

  /** Pictures leave in bursts, faster than a thin link carries them: they show by themselves that it is as thin as it was. */
  #confirms(reports: readonly Report[]): boolean {
    if (this.#limitKbps === Infinity) return false;
    const service = this.#serviceKbps(reports);
    if (service === null || !this.#isNearLimit(service)) return false;
    this.#limitKbps += (service - this.#limitKbps) * CONFIRM_WEIGHT;
    return true;
  }

  #isNearLimit(kbps: number): boolean {
    return Math.abs(kbps - this.#limitKbps) < SAME_LIMIT_PART * this.#limitKbps;
  }

  #grow(elapsedMs: number): void {
    if (this.#queue.floorMs > CALM_QUEUE_MS) return;
    const rate = deliveryRateOf(this.#recent);
    if (!rate || rate.arrivedKbps < USED * this.kbps) return;
    const perSecond = Math.max(MIN_GROWTH_KBPS, GROWTH_PER_S * this.kbps);
    const grownKbps = this.kbps + (perSecond * elapsedMs) / 1000;
    const nearLimitKbps =
      this.#limitKbps === Infinity ? Infinity : offerable(this.#limitKbps) + APPROACH_PART * this.#limitKbps;
    this.kbps = Math.max(this.kbps, Math.min(this.#maxKbps, nearLimitKbps, grownKbps));
  }
}

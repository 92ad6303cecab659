import { Pacer } from '../../pacer.ts';
import type { OutgoingPacket } from '../../rtp-packet.ts';
import type { PacketArrival } from '../../transport-feedback.ts';
import { CongestionControl } from '../congestion-control.ts';

export interface SimulatedLink {
  /** One way, in each direction. */
  delayMs: number;
  /** Up to this much more, one way up, order kept. */
  jitterMs: number;
  /** Part of the packets lost at random, up only. */
  lossPart: number;
  capKbps: number;
  /** What would wait longer is dropped. */
  queueLimitMs: number;
  down: boolean;
  /** The hub does nothing for this long, once a second, and then takes all that waited. */
  stallMs?: number;
}

const PACKET_BYTES = 1_150;
const FRAME_MS = 1000 / 30;
const FEEDBACK_MS = 100;
const NACK_RETRY_MS = 100;
const NACK_TRIES = 10;
const SOUND_EVERY_MS = 20;
const SOUND_BYTES = 160;
/** As much as x264's rate buffer lets a key frame take. */
const KEY_FRAME_S = 0.12;
const WATCHDOG_MS = 300;
const SECOND_COPY_MS = 10;
const RESEND_GUARD_MS = 20;

interface SimPacket extends OutgoingPacket {
  bytes: number;
  sequence: number | null;
  frame: number;
}

interface Frame {
  key: boolean;
  missing: number;
  shown: boolean;
}

/** A seeded world in steps of 1 ms: encoder, pacer and congestion control of the box, a link, the hub's reports, and a viewer. */
export class SimulatedUplink {
  readonly control: CongestionControl;
  readonly pacer: Pacer;
  link: SimulatedLink = {
    delayMs: 40,
    jitterMs: 0,
    lossPart: 0,
    capKbps: 20_000,
    queueLimitMs: 400,
    down: false,
  };
  /** What the encoder would like to send. */
  wantedKbps: number;
  nowMs = 0;
  #begun = false;
  /** When pictures were shown. */
  readonly shownAtMs: number[] = [];
  readonly offered: { atMs: number; bytes: number }[] = [];
  maxQueueMs = 0;
  #seed: number;
  /** What happens in each millisecond, in the order in which it was planned. */
  readonly #events = new Map<number, (() => void)[]>();
  #transportSequence = 0;
  #sequence = 0;
  readonly #history = new Map<number, { packet: SimPacket; resentAtMs: number }>();
  readonly #frames: Frame[] = [];
  #linkFreeMs = 0;
  #lastArrivalMs = 0;
  #hubSeen = new Map<number, number>();
  #hubHighest = -1;
  #hubFirst: number | undefined;
  #hubReportFrom = 0;
  #rtpHighest = -1;
  readonly #rtpMissing = new Map<number, { tries: number; askedMs: number }>();
  #resendFrom = 0;
  #shownFrame = -1;
  #keyWanted = true;
  #keyAskedMs = -Infinity;

  constructor(options: { seed: number; startKbps?: number; wantedKbps?: number; maxKbps?: number }) {
    this.#seed = options.seed;
    this.wantedKbps = options.wantedKbps ?? 2_500;
    this.control = new CongestionControl({
      startKbps: options.startKbps ?? 1_200,
      maxKbps: options.maxKbps ?? this.wantedKbps * 1.25,
    });
    this.pacer = new Pacer({
      now: () => this.nowMs,
      mayFly: () => this.control.mayFly(this.nowMs),
      padding: () => this.#paddingPacket(),
      send: (packet, probe) => this.#transmit(packet as SimPacket, probe),
    });
    this.#at(0, () => this.#frame());
    this.#at(0, () => this.#sound());
    this.#at(FEEDBACK_MS * this.random(), () => this.#feedback());
  }

  random(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return this.#seed / 2 ** 32;
  }

  #at(afterMs: number, act: () => void): void {
    // Never in the millisecond that is under way.
    const atMs = Math.max(this.#begun ? this.nowMs + 1 : this.nowMs, Math.ceil(this.nowMs + afterMs));
    const planned = this.#events.get(atMs);
    if (planned) planned.push(act);
    else this.#events.set(atMs, [act]);
  }

  run(durationMs: number): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs++) {
      this.#begun = true;
      this.#events.get(this.nowMs)?.forEach((act) => act());
      this.#events.delete(this.nowMs);
      this.control.onTick(this.nowMs);
      if (this.control.takeSkip()) {
        this.pacer.clear();
        this.#keyWanted = true;
        this.#resendFrom = this.#sequence;
      }
      const probe = this.control.probeDue(this.nowMs);
      this.pacer.setTarget(this.control.kbps, this.control.limitKbps);
      if (probe) this.pacer.probe(probe);
      else if (this.nowMs % 4 === 0) this.pacer.drain();
    }
  }

  /** Mean offered rate between two moments. */
  offeredKbps(fromMs: number, toMs: number): number {
    const bytes = this.offered.reduce(
      (sum, each) => sum + (each.atMs >= fromMs && each.atMs < toMs ? each.bytes : 0),
      0,
    );
    return (bytes * 8) / (toMs - fromMs);
  }

  /** Gaps between shown pictures that end in the time given. */
  gapsMs(fromMs: number, toMs: number): number[] {
    const gaps: number[] = [];
    this.shownAtMs.forEach((atMs, i) => {
      const before = this.shownAtMs[i - 1];
      if (before !== undefined && atMs > fromMs && before < toMs) gaps.push(atMs - before);
    });
    return gaps;
  }

  #sound(): void {
    this.#transmit({ data: Buffer.alloc(0), ssrc: 2, bytes: SOUND_BYTES, sequence: null, frame: -1 }, null);
    this.#at(SOUND_EVERY_MS, () => this.#sound());
  }

  #frame(): void {
    this.#at(FRAME_MS, () => this.#frame());
    if (this.control.silent || this.pacer.queueMs > 80) return;
    const targetKbps = Math.min(this.wantedKbps, this.control.kbps * 0.92 - 70);
    const index = this.#frames.length;
    const key = this.#keyWanted;
    this.#keyWanted = false;
    const noise = 0.8 + 0.4 * this.random();
    const bytes = Math.max(600, key ? targetKbps * KEY_FRAME_S * 125 : (targetKbps * FRAME_MS * noise) / 8);
    const count = Math.ceil(bytes / PACKET_BYTES);
    this.#frames.push({ key, missing: count, shown: false });
    const packets = Array.from({ length: count }, (_, i): SimPacket => {
      const sequence = this.#sequence++;
      const size = i < count - 1 ? PACKET_BYTES : Math.ceil(bytes - PACKET_BYTES * (count - 1));
      const packet = { data: Buffer.alloc(size), ssrc: 1, bytes: size, sequence, frame: index };
      this.#history.set(sequence, { packet, resentAtMs: -Infinity });
      this.#history.delete(sequence - 1024);
      return packet;
    });
    this.pacer.enqueue('clinical', packets);
  }

  #paddingPacket(): OutgoingPacket | null {
    const last = this.#history.get(this.#sequence - 1);
    return last ? { ...last.packet } : null;
  }

  #transmit(packet: SimPacket, probe: number | null): void {
    const transportSequence = this.#transportSequence++;
    this.control.onSent(transportSequence & 0xffff, packet.bytes, this.nowMs, probe);
    this.#up(packet.bytes, (arrivalMs) => {
      this.#hubSeen.set(transportSequence, arrivalMs);
      this.#hubFirst ??= transportSequence;
      this.#hubHighest = Math.max(this.#hubHighest, transportSequence);
      if (packet.sequence !== null) this.#receive(packet.sequence, packet);
    });
  }

  /** Through the link, or lost in it. */
  #up(bytes: number, arrived: (arrivalMs: number) => void): void {
    const { link } = this;
    this.offered.push({ atMs: this.nowMs, bytes });
    const queueMs = Math.max(0, this.#linkFreeMs - this.nowMs);
    if (link.down || this.random() < link.lossPart || queueMs > link.queueLimitMs) return;
    this.maxQueueMs = Math.max(this.maxQueueMs, queueMs);
    this.#linkFreeMs = Math.max(this.nowMs, this.#linkFreeMs) + (bytes * 8) / link.capKbps;
    const arrivalMs = Math.max(
      this.#lastArrivalMs,
      this.#linkFreeMs + link.delayMs + this.random() * link.jitterMs,
    );
    this.#lastArrivalMs = arrivalMs;
    const phaseMs = arrivalMs % 1_000;
    const readMs = phaseMs < (link.stallMs ?? 0) ? arrivalMs - phaseMs + (link.stallMs ?? 0) : arrivalMs;
    this.#at(readMs - this.nowMs, () => arrived(readMs));
  }

  #back(act: () => void): void {
    if (!this.link.down) this.#at(this.link.delayMs, act);
  }

  #feedback(): void {
    this.#at(FEEDBACK_MS, () => this.#feedback());
    const arrivals: PacketArrival[] = [];
    for (
      let sequence = Math.max(this.#hubReportFrom, this.#hubFirst ?? 0);
      sequence <= this.#hubHighest;
      sequence++
    ) {
      const arrivalMs = this.#hubSeen.get(sequence);
      this.#hubSeen.delete(sequence);
      arrivals.push({
        sequence: sequence & 0xffff,
        arrivalMs: arrivalMs === undefined ? null : Math.round(arrivalMs * 4) / 4,
      });
    }
    this.#hubReportFrom = this.#hubHighest + 1;
    if (arrivals.length === 0) return;
    this.#back(() => this.control.onFeedback(arrivals, this.nowMs));
  }

  #receive(sequence: number, packet: SimPacket): void {
    const repaired = this.#rtpMissing.delete(sequence);
    if (!repaired && sequence <= this.#rtpHighest) return;
    for (let missing = this.#rtpHighest + 1; missing < sequence; missing++) {
      this.#rtpMissing.set(missing, { tries: 0, askedMs: -Infinity });
    }
    this.#rtpHighest = Math.max(this.#rtpHighest, sequence);
    this.#ask();
    const frame = this.#frames[packet.frame];
    if (frame) frame.missing--;
    if (frame?.key && frame.missing === 0) {
      // What is older than a whole key frame is not needed any more.
      for (const missing of this.#rtpMissing.keys()) if (missing < sequence) this.#rtpMissing.delete(missing);
    }
    this.#show();
  }

  /** The hub asks for what is missing, again after a round trip. */
  #ask(): void {
    const wanted: number[] = [];
    for (const [sequence, state] of this.#rtpMissing) {
      if (this.nowMs - state.askedMs < NACK_RETRY_MS) continue;
      state.askedMs = this.nowMs;
      if (++state.tries > NACK_TRIES) this.#rtpMissing.delete(sequence);
      else wanted.push(sequence);
    }
    if (wanted.length === 0) return;
    this.#back(() => wanted.forEach((sequence) => this.#retransmit(sequence)));
    this.#at(NACK_RETRY_MS + 1, () => this.#ask());
  }

  #retransmit(sequence: number): void {
    const held = this.#history.get(sequence);
    const guardMs = this.control.rttMs + RESEND_GUARD_MS;
    if (!held || sequence < this.#resendFrom || this.nowMs - held.resentAtMs < guardMs) return;
    if (!this.pacer.enqueueRetransmission('clinical', { ...held.packet })) return;
    held.resentAtMs = this.nowMs;
    if (this.control.calm)
      this.#at(SECOND_COPY_MS, () => this.pacer.enqueueRetransmission('clinical', { ...held.packet }));
  }

  /** Shows every picture that has all its packets and what it builds on. */
  #show(): void {
    const key = this.#frames.findLastIndex(
      (frame, i) => i > this.#shownFrame && frame.key && frame.missing === 0,
    );
    if (key > this.#shownFrame) this.#shownFrame = key - 1;
    for (let next = this.#frames[this.#shownFrame + 1]; next?.missing === 0;) {
      this.#shownFrame++;
      this.shownAtMs.push(this.nowMs);
      next = this.#frames[this.#shownFrame + 1];
    }
    this.#at(WATCHDOG_MS, () => this.#watch());
  }

  #watch(): void {
    const shownAtMs = this.shownAtMs.at(-1) ?? 0;
    if (this.nowMs - shownAtMs < WATCHDOG_MS || this.nowMs - this.#keyAskedMs < WATCHDOG_MS) return;
    this.#keyAskedMs = this.nowMs;
    this.#back(() => {
      this.#keyWanted = true;
    });
    this.#at(WATCHDOG_MS, () => this.#watch());
  }
}

import { Dice } from '../support/dice.ts';
import type { DirectionState } from './link-state.ts';

/** What became of the packets so far. */
export interface Fates {
  packets: number;
  bytes: number;
  /** Lost on the air, or while the link was down. */
  lost: number;
  /** Dropped before the bottleneck. */
  dropped: number;
}

interface Waiting<P> {
  packet: P;
  bitsLeft: number;
  offeredMs: number;
  isLost: boolean;
  jitterPart: number;
}

interface Flying<P> {
  packet: P;
  dueMs: number;
}

/**
 * One direction of a link: a bounded queue before a bottleneck, then loss, then delay. Pure: time is given, and the fate of a packet
 * depends on the seed, the states and the packets before it alone. Loss is decided by a packet's number, so that publishers
 * that send differently lose alike.
 */
export class LinkDirection<P> {
  readonly fates: Fates = { packets: 0, bytes: 0, lost: 0, dropped: 0 };
  readonly #dice: Dice;
  #state: DirectionState;
  #waiting: Waiting<P>[] = [];
  /** By time of arrival. */
  #flying: Flying<P>[] = [];
  /** The bottleneck is busy until then. */
  #freeMs = -Infinity;
  #lastDueMs = -Infinity;
  #inBurst = false;

  constructor(seed: number, state: DirectionState) {
    this.#dice = new Dice(seed);
    this.#state = state;
  }

  get state(): DirectionState {
    return this.#state;
  }

  /** What waits before the bottleneck goes on at the new rate; what has passed it keeps its time. */
  change(state: DirectionState, nowMs: number): void {
    this.#serve(nowMs);
    const head = this.#waiting[0];
    if (head) {
      const busyMs = nowMs - Math.max(this.#freeMs, head.offeredMs);
      if (busyMs > 0) head.bitsLeft -= busyMs * this.#state.capKbps;
      this.#freeMs = Math.max(this.#freeMs, nowMs);
    }
    this.#state = state;
  }

  offer(packet: P, bytes: number, nowMs: number): void {
    this.#serve(nowMs);
    this.fates.packets++;
    this.fates.bytes += bytes;
    const isLost = this.#isLostOnAir();
    const jitterPart = this.#dice.next();
    if (this.#state.down) this.fates.lost++;
    else if (this.#isFull(nowMs)) this.fates.dropped++;
    else {
      this.#waiting.push({ packet, bitsLeft: bytes * 8, offeredMs: nowMs, isLost, jitterPart });
      this.#serve(nowMs);
    }
  }

  /** The packets that have arrived by now. */
  arrived(nowMs: number): P[] {
    this.#serve(nowMs);
    let count = 0;
    while (count < this.#flying.length && this.#flying[count]!.dueMs <= nowMs) count++;
    return this.#flying.splice(0, count).map(({ packet }) => packet);
  }

  /** When `arrived` should be asked next; Infinity while nothing is under way. */
  get nextMs(): number {
    const head = this.#waiting[0];
    const arrivalMs = this.#flying[0]?.dueMs ?? Infinity;
    return head ? Math.min(arrivalMs, this.#servedMs(head)) : arrivalMs;
  }

  /** How long a packet that is offered now would wait before the bottleneck. */
  queueMs(nowMs: number): number {
    this.#serve(nowMs);
    const [head, ...others] = this.#waiting;
    if (!head) return 0;
    if (this.#state.capKbps === 0) return nowMs - head.offeredMs;
    const bits = others.reduce((sum, { bitsLeft }) => sum + bitsLeft, 0);
    return this.#servedMs(head) - nowMs + bits / this.#state.capKbps;
  }

  /** Loses all that is under way. */
  lose(): void {
    this.fates.lost += this.#waiting.length + this.#flying.length;
    this.#waiting = [];
    this.#flying = [];
  }

  #isFull(nowMs: number): boolean {
    return this.queueMs(nowMs) > this.#state.queueMs;
  }

  /** The same number of throws for each packet, whatever the state. */
  #isLostOnAir(): boolean {
    const [turn, chance] = [this.#dice.next(), this.#dice.next()];
    const { burst, lossPart } = this.#state;
    if (!burst) this.#inBurst = false;
    else if (turn < (this.#inBurst ? burst.leavePart : burst.enterPart)) this.#inBurst = !this.#inBurst;
    return chance < (burst && this.#inBurst ? burst.lossPart : lossPart);
  }

  #servedMs(head: Waiting<P>): number {
    return Math.max(this.#freeMs, head.offeredMs) + head.bitsLeft / this.#state.capKbps;
  }

  #serve(nowMs: number): void {
    for (let head = this.#waiting[0]; head; head = this.#waiting[0]) {
      const servedMs = this.#servedMs(head);
      if (servedMs > nowMs) return;
      this.#freeMs = servedMs;
      this.#waiting.shift();
      if (head.isLost || this.#state.down) this.fates.lost++;
      else this.#fly(head, servedMs);
    }
  }

  #fly({ packet, jitterPart }: Waiting<P>, servedMs: number): void {
    const { delayMs, jitterMs, reorders } = this.#state;
    const ownMs = servedMs + delayMs + jitterMs * jitterPart;
    const dueMs = reorders ? ownMs : Math.max(ownMs, this.#lastDueMs);
    this.#lastDueMs = Math.max(dueMs, this.#lastDueMs);
    // Nearly always at the end.
    let at = this.#flying.length;
    while (at > 0 && this.#flying[at - 1]!.dueMs > dueMs) at--;
    this.#flying.splice(at, 0, { packet, dueMs });
  }
}

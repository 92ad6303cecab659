import { opusDurationMs } from './opus-packet.ts';

/** One packet of a voice as it came from the network. */
export interface VoicePacket {
  /** RTP's, 16 bits. */
  sequence: number;
  /** RTP's, at 48 kHz. */
  timestamp: number;
  payload: Uint8Array;
}

/** What is to be heard next. `lost`: fill in for one packet. `silence`: nobody speaks, or what they say is not here yet. */
export type Next = { kind: 'packet'; payload: Uint8Array } | { kind: 'lost' } | { kind: 'silence' };

interface Held {
  timestamp: number;
  payload: Uint8Array;
  durationMs: number;
  arrivedMs: number;
}

/** What shall still wait when a packet is due: the unevenness of a good line. */
const LEAST_RESERVE_MS = 40;
/** A voice later than this is no conversation; what comes more unevenly is heard with gaps. */
const MOST_RESERVE_MS = 200;
const RESERVE_STEP_MS = 20;
/** What comes late together was held up once. */
const ONE_EVENT_MS = 200;
/** Without running dry for so long, less is held back. */
const CALM_MS = 10_000;
/** More than this waits only after a stall: the oldest is left out. */
const MOST_HELD_MS = 400;
/** So long is looked back for sound that waits longer than it needs to. */
const SURPLUS_WINDOW_MS = 2_000;
/** libopus fades what it makes up; beyond this it is a hum. */
const MOST_CONCEALED = 3;
/** A jump as from ten seconds away is another stream. */
const RESTART_DISTANCE = 500;
const RTP_TICKS_PER_MS = 48;

const signed16 = (value: number): number => (value << 16) >> 16;

/**
 * Brings the packets of one voice into order and holds them back just long enough for the line's unevenness: longer after it ran dry,
 * shorter again when that was not needed. Times are in ms of any steady clock.
 */
export class PlayoutBuffer {
  /** By sequence number, counted on beyond 16 bits. */
  readonly #held = new Map<number, Held>();
  #heldMs = 0;
  #highest: number | null = null;
  /** The one to be heard next; null before the first. */
  #next: number | null = null;
  #nextTimestamp = 0;
  #isPlaying = false;
  #concealed = 0;
  #reserveMs = LEAST_RESERVE_MS;
  #dryAtMs = -Infinity;
  #calmedAtMs = -Infinity;
  /** Packets to be made up so that what follows waits as much longer as the reserve has grown. */
  #stretch = 0;
  #windowSinceMs = -Infinity;
  #leastHeldMs = Infinity;
  /** Packets left out because too much waited, or because they came too late. */
  dropped = 0;

  get heldMs(): number {
    return this.#heldMs;
  }

  /** Garbage and doubles are passed over. */
  push({ sequence, timestamp, payload }: VoicePacket, nowMs: number): void {
    const durationMs = opusDurationMs(payload);
    if (durationMs === null) return;
    const number = this.#numberOf(sequence);
    if (this.#next !== null && number < this.#next) {
      this.dropped++;
      this.#ranDry(nowMs);
      return;
    }
    if (this.#held.has(number)) return;
    this.#held.set(number, { timestamp, payload, durationMs, arrivedMs: nowMs });
    this.#heldMs += durationMs;
    while (this.#heldMs > MOST_HELD_MS) this.#dropOldest();
  }

  #numberOf(sequence: number): number {
    const highest = this.#highest;
    if (highest === null) return (this.#highest = sequence);
    const distance = signed16(sequence - highest);
    if (Math.abs(distance) > RESTART_DISTANCE) {
      this.clear();
      return (this.#highest = sequence);
    }
    this.#highest = Math.max(highest, highest + distance);
    return highest + distance;
  }

  clear(): void {
    this.#held.clear();
    this.#heldMs = 0;
    this.#highest = null;
    this.#next = null;
    this.#isPlaying = false;
    this.#concealed = 0;
    this.#stretch = 0;
  }

  /** To be asked whenever the sound of what was given before is used up. */
  next(nowMs: number): Next {
    if (!this.#isPlaying && !this.#begins(nowMs)) return { kind: 'silence' };
    this.#dropSurplus(nowMs);
    if (this.#stretch > 0) {
      this.#stretch--;
      return { kind: 'lost' };
    }
    const number = this.#next ?? 0;
    const packet = this.#take(number);
    if (packet) {
      this.#next = number + 1;
      this.#nextTimestamp = packet.timestamp + packet.durationMs * RTP_TICKS_PER_MS;
      this.#concealed = 0;
      return { kind: 'packet', payload: packet.payload };
    }
    if (this.#held.size > 0) {
      this.#next = number + 1;
      return { kind: 'lost' };
    }
    // Late, or a pause: what comes then is heard after what is made up now.
    if (this.#concealed++ < MOST_CONCEALED) return { kind: 'lost' };
    this.#isPlaying = false;
    return { kind: 'silence' };
  }

  #begins(nowMs: number): boolean {
    const [number, first] = this.#oldest() ?? [];
    if (number === undefined || !first) return false;
    const waitMs = this.#reserveMs + first.durationMs;
    if (this.#heldMs < waitMs && nowMs - first.arrivedMs < waitMs) return false;
    // In a pause the time stamps go on and the numbers do not. Otherwise it was the line.
    const isLate = number === this.#next && ((first.timestamp - this.#nextTimestamp) | 0) <= 0;
    if (isLate) this.#ranDry(nowMs);
    // What piled up before the first word would be heard late, and all after it too.
    while (this.#heldMs > this.#reserveMs + 2 * first.durationMs && this.#held.size > 1) this.#dropOldest();
    this.#next = this.#oldest()?.[0] ?? number;
    this.#isPlaying = true;
    this.#concealed = 0;
    this.#stretch = 0;
    this.#beginWindow(nowMs);
    return true;
  }

  #ranDry(nowMs: number): void {
    this.#beginWindow(nowMs);
    if (nowMs - this.#dryAtMs < ONE_EVENT_MS) return;
    this.#dryAtMs = nowMs;
    if (this.#reserveMs >= MOST_RESERVE_MS) return;
    this.#reserveMs += RESERVE_STEP_MS;
    this.#stretch++;
  }

  /** One packet less, when for a whole window more waited than needed: the sender's clock is faster, or the line has calmed down. */
  #dropSurplus(nowMs: number): void {
    this.#leastHeldMs = Math.min(this.#leastHeldMs, this.#heldMs);
    if (nowMs - this.#windowSinceMs < SURPLUS_WINDOW_MS) return;
    if (nowMs - Math.max(this.#dryAtMs, this.#calmedAtMs) > CALM_MS && this.#reserveMs > LEAST_RESERVE_MS) {
      this.#reserveMs -= RESERVE_STEP_MS;
      this.#calmedAtMs = nowMs;
    }
    const [number, oldest] = this.#oldest() ?? [];
    if (oldest && number === this.#next && this.#leastHeldMs >= this.#reserveMs + 2 * oldest.durationMs)
      this.#dropOldest();
    this.#beginWindow(nowMs);
  }

  #beginWindow(nowMs: number): void {
    this.#windowSinceMs = nowMs;
    this.#leastHeldMs = Infinity;
  }

  #dropOldest(): void {
    const [number] = this.#oldest() ?? [];
    if (number === undefined) return;
    this.#take(number);
    this.dropped++;
    if (this.#next !== null) this.#next = number + 1;
  }

  #oldest(): [number, Held] | undefined {
    let found: [number, Held] | undefined;
    for (const entry of this.#held) if (!found || entry[0] < found[0]) found = entry;
    return found;
  }

  #take(number: number): Held | undefined {
    const packet = this.#held.get(number);
    if (!packet) return undefined;
    this.#held.delete(number);
    this.#heldMs -= packet.durationMs;
    return packet;
  }
}

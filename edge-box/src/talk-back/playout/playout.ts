import { MIX_MS } from './voice-mixer.ts';
import type { VoiceMixer } from './voice-mixer.ts';

/** Where mixed samples go. */
export interface SampleSink {
  write(samples: Int16Array): void;
  /** How much sound waits before the player beyond what it holds itself, in ms: its clock is slower than ours. */
  behindMs(): number;
}

/** So much is written ahead: what bridges the unevenness of a busy machine's timers. */
const LEAD_MS = 50;
/** Silent for so long, the player may run dry. */
const REST_AFTER_MS = 500;
/** Sound below this part of full scale is nobody speaking (−50 dB). */
const AUDIBLE = 32_767 * 10 ** (-50 / 20);
const AUDIBLE_FOR_MS = 1_000;
/** The player is looked at so often, and held to the least of so many looks: a late timer of ours is no slow card. */
const LOOK_EVERY_MS = 250;
const LOOKS = 8;
const MOST_BEHIND_MS = 40;

/** Takes from the mixer what the player needs, when it needs it. To be called every few ms. */
export class Playout {
  readonly #mixer: VoiceMixer;
  readonly #silence = new Int16Array(MIX_MS * 48);
  /** When all that was written will have been heard. */
  #endMs = -Infinity;
  /** Since somebody was heard; the player rests when it is long enough. */
  #silentMs = Infinity;
  #audibleAtMs = -Infinity;
  #lookedAtMs = -Infinity;
  #looks: number[] = [];

  constructor(mixer: VoiceMixer) {
    this.#mixer = mixer;
  }

  /** Somebody was to be heard within the last second. */
  isAudible(nowMs: number): boolean {
    return nowMs - this.#audibleAtMs < AUDIBLE_FOR_MS;
  }

  tick(nowMs: number, sink: SampleSink): void {
    this.#followPlayer(nowMs, sink);
    // What was heard to its end leaves silence, no debt.
    if (this.#endMs < nowMs) this.#endMs = nowMs;
    while (this.#endMs < nowMs + LEAD_MS) {
      const piece = this.#mixer.next(nowMs);
      const isResting = this.#silentMs >= REST_AFTER_MS;
      if (!piece && isResting) return;
      // The first words must not use up what is held back of them.
      if (isResting) for (; this.#endMs < nowMs + LEAD_MS; this.#endMs += MIX_MS) sink.write(this.#silence);
      this.#silentMs = piece ? 0 : this.#silentMs + MIX_MS;
      if (piece?.some((sample) => Math.abs(sample) > AUDIBLE)) this.#audibleAtMs = nowMs;
      sink.write(piece ?? this.#silence);
      this.#endMs += MIX_MS;
    }
  }

  /** Sound that the card has not kept up with is not written for a while, and so does not grow for hours. */
  #followPlayer(nowMs: number, sink: SampleSink): void {
    if (nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return;
    this.#lookedAtMs = nowMs;
    this.#looks.push(sink.behindMs());
    if (this.#looks.length < LOOKS) return;
    const behindMs = Math.min(...this.#looks);
    this.#looks = [];
    if (behindMs > MOST_BEHIND_MS) this.#endMs = Math.max(this.#endMs, nowMs) + behindMs;
  }
}

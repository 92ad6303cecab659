import { describe, expect, it } from 'vitest';
import { Playout } from './playout.ts';
import type { SampleSink } from './playout.ts';
import { MIX_MS, VoiceMixer } from './voice-mixer.ts';
import type { Decoder } from './voice.ts';

const FRAME_MS = 20;
const FRAME_SAMPLES = 960;
const TICK_MS = 10;
const LOUD = 30_000;

/** Says the second byte of a packet as the height of a square wave of 500 Hz, in thousands; made-up packets are empty. */
class SquareDecoder implements Decoder {
  resets = 0;
  decode(packet: Uint8Array): Int16Array {
    const height = (packet[1] ?? 0) * 1_000;
    return Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => (i % 96 < 48 ? height : -height));
  }
  reset(): void {
    this.resets++;
  }
}

const packet = (sequence: number, height = LOUD) => ({
  sequence,
  timestamp: sequence * FRAME_SAMPLES,
  payload: Uint8Array.of(0xf8, height / 1_000),
});

function makeMixer(): { mixer: VoiceMixer; decoders: SquareDecoder[] } {
  const decoders: SquareDecoder[] = [];
  const mixer = new VoiceMixer(() => {
    decoders.push(new SquareDecoder());
    return decoders.at(-1) as SquareDecoder;
  });
  return { mixer, decoders };
}

/** A card that takes `pace` ms of sound a ms, and holds 60 ms itself. */
class Card implements SampleSink {
  readonly written: Int16Array[] = [];
  readonly #pace: number;
  #waitingMs = 0;
  #lastMs = 0;

  constructor(pace = 1) {
    this.#pace = pace;
  }
  run(nowMs: number): void {
    this.#waitingMs = Math.max(0, this.#waitingMs - (nowMs - this.#lastMs) * this.#pace);
    this.#lastMs = nowMs;
  }
  write(samples: Int16Array): void {
    this.written.push(samples);
    this.#waitingMs += MIX_MS;
  }
  behindMs(): number {
    return Math.max(0, this.#waitingMs - 60);
  }
  get waitingMs(): number {
    return this.#waitingMs;
  }
}

/** One voice that speaks without a pause until `untilMs`, over a line that delays every third packet by 30 ms. */
function speak(
  mixer: VoiceMixer,
  card: Card,
  untilMs: number,
  endMs = untilMs,
): { playout: Playout; waited: number[] } {
  const playout = new Playout(mixer);
  const waited: number[] = [];
  for (let nowMs = 0; nowMs < endMs; nowMs += TICK_MS) {
    card.run(nowMs);
    for (const number of [nowMs / FRAME_MS, (nowMs - 30) / FRAME_MS]) {
      const isDelayed = number * FRAME_MS < nowMs;
      if (!Number.isInteger(number) || number < 0 || number * FRAME_MS >= untilMs) continue;
      if (isDelayed === (number % 3 === 2)) mixer.push('li', packet(number), nowMs);
    }
    playout.tick(nowMs, card);
    waited.push(card.waitingMs);
  }
  return { playout, waited };
}

const isSilence = (samples: Int16Array | undefined): boolean =>
  samples?.every((sample) => sample === 0) ?? false;

describe('playout', () => {
  it('keeps a card supplied, a little ahead of time and no more', () => {
    const card = new Card();
    const { playout, waited } = speak(makeMixer().mixer, card, 10_000);
    const afterStart = waited.slice(10);
    expect(Math.min(...afterStart)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...afterStart)).toBeLessThanOrEqual(70);
    // Nothing of what the line's unevenness needs was used up to fill the card.
    const first = card.written.findIndex((piece) => !isSilence(piece));
    expect(card.written.slice(first).some(isSilence)).toBe(false);
    expect(playout.isAudible(10_000)).toBe(true);
  });

  it('lets the card rest when nobody speaks, after an end in silence', () => {
    const card = new Card();
    const { playout } = speak(makeMixer().mixer, card, 1_000, 5_000);
    expect(card.waitingMs).toBe(0);
    expect(card.written.slice(-40).every(isSilence)).toBe(true);
    expect(card.written.length * MIX_MS).toBeLessThan(2_000);
    expect(playout.isAudible(5_000)).toBe(false);
  });

  it('does not fall behind a slow card', () => {
    const { waited } = speak(makeMixer().mixer, new Card(0.99), 60_000);
    // It would be 600 ms late by now.
    expect(Math.max(...waited)).toBeLessThan(150);
  });
});

describe('the mixer', () => {
  it('makes several loud voices softer instead of cutting them off', () => {
    const { mixer } = makeMixer();
    const peaks: number[] = [];
    for (let nowMs = 0; nowMs < 2_000; nowMs += TICK_MS) {
      if (nowMs % FRAME_MS === 0) {
        mixer.push('li', packet(nowMs / FRAME_MS), nowMs);
        if (nowMs < 1_000) mixer.push('wang', packet(nowMs / FRAME_MS, 20_000), nowMs);
      }
      const mix = mixer.next(nowMs);
      if (!mix) continue;
      peaks.push(Math.max(...mix.map(Math.abs)));
      // The first half of each wave is above zero: what is too loud for 16 bits comes out below it.
      expect(mix[24]).toBeGreaterThan(0);
    }
    expect(Math.max(...peaks)).toBeGreaterThan(32_000);
    // Alone again, a voice is as loud as it was.
    expect(peaks.at(-1)).toBe(LOUD);
  });

  it('gives the decoder of who has left to who comes', () => {
    const { mixer, decoders } = makeMixer();
    for (let person = 0; person < 5; person++) {
      mixer.push(`person ${person}`, packet(1), 0);
      mixer.end(`person ${person}`);
    }
    mixer.end('nobody');
    expect(decoders.map(({ resets }) => resets)).toEqual([5]);
    expect(mixer.next(1_000)).toBeNull();
  });
});

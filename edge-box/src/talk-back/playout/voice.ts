import { PLAYOUT_RATE_HZ } from '../../devices/opus-decoder.ts';
import type { OpusDecoder } from '../../devices/opus-decoder.ts';
import { concealmentFor, opusDurationMs } from './opus-packet.ts';
import { PlayoutBuffer } from './playout-buffer.ts';

export type Decoder = Pick<OpusDecoder, 'decode' | 'reset'>;

const SAMPLES_PER_MS = PLAYOUT_RATE_HZ / 1000;

/** One person of the far end: the packets that came, and the sound of the latest of them that is not heard yet. */
export class Voice {
  readonly buffer = new PlayoutBuffer();
  readonly decoder: Decoder;
  readonly #chunks: Int16Array[] = [];
  #samples = 0;
  /** The manner in which to make up what is missing. */
  #last: Uint8Array | null = null;

  constructor(decoder: Decoder) {
    this.decoder = decoder;
  }

  /** Adds what is heard of this voice in the next `mix.length` samples; false when it is silent all through. */
  addTo(mix: Float32Array, nowMs: number): boolean {
    while (this.#samples < mix.length && this.#decodeNext(nowMs));
    let at = 0;
    while (at < mix.length) {
      const chunk = this.#chunks[0];
      if (!chunk) break;
      const count = Math.min(chunk.length, mix.length - at);
      for (let i = 0; i < count; i++) mix[at + i] = (mix[at + i] ?? 0) + (chunk[i] ?? 0);
      at += count;
      if (count === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(count);
    }
    this.#samples -= at;
    return at > 0;
  }

  /** False when there is nothing to be heard now. */
  #decodeNext(nowMs: number): boolean {
    const next = this.buffer.next(nowMs);
    if (next.kind === 'silence') return false;
    if (next.kind === 'packet') {
      const samples = this.decoder.decode(next.payload);
      if (samples) {
        this.#last = next.payload;
        this.#keep(samples);
        return true;
      }
    }
    this.#makeUp();
    return true;
  }

  /** As long as the latest packet that was heard. */
  #makeUp(): void {
    if (!this.#last) return;
    const wanted = (opusDurationMs(this.#last) ?? 0) * SAMPLES_PER_MS;
    for (let made = 0; made < wanted;) {
      const samples = this.decoder.decode(concealmentFor(this.#last));
      if (!samples || samples.length === 0) return;
      this.#keep(samples);
      made += samples.length;
    }
  }

  #keep(samples: Int16Array): void {
    this.#chunks.push(samples);
    this.#samples += samples.length;
  }
}

import { PLAYOUT_RATE_HZ } from '../../devices/opus-decoder.ts';
import type { VoicePacket } from './playout-buffer.ts';
import { Voice } from './voice.ts';
import type { Decoder } from './voice.ts';

/** The mix is made in pieces of this length. */
export const MIX_MS = 10;
const MIX_SAMPLES = (PLAYOUT_RATE_HZ / 1000) * MIX_MS;
const FULL_SCALE = 32_767;
/** Gain comes back by this part a piece after several were loud at once: within a second. */
const RECOVERY = 1.02;

/** All voices of the far end as one sound. */
export class VoiceMixer {
  readonly #makeDecoder: () => Decoder;
  readonly #voices = new Map<string, Voice>();
  /** Used again, because libopus's binding crashes when the garbage collector takes one. */
  readonly #spareDecoders: Decoder[] = [];
  readonly #mix = new Float32Array(MIX_SAMPLES);
  #gain = 1;
  #droppedBefore = 0;

  constructor(makeDecoder: () => Decoder) {
    this.#makeDecoder = makeDecoder;
  }

  /** Packets that were left out, of all voices there ever were. */
  get dropped(): number {
    let dropped = this.#droppedBefore;
    for (const { buffer } of this.#voices.values()) dropped += buffer.dropped;
    return dropped;
  }

  push(name: string, packet: VoicePacket, nowMs: number): void {
    let voice = this.#voices.get(name);
    if (!voice) {
      voice = new Voice(this.#spareDecoders.pop() ?? this.#makeDecoder());
      this.#voices.set(name, voice);
    }
    voice.buffer.push(packet, nowMs);
  }

  end(name: string): void {
    const voice = this.#voices.get(name);
    if (!voice) return;
    this.#voices.delete(name);
    this.#droppedBefore += voice.buffer.dropped;
    voice.decoder.reset();
    this.#spareDecoders.push(voice.decoder);
  }

  /** The next piece of `MIX_MS`; null while nobody is heard. */
  next(nowMs: number): Int16Array | null {
    const mix = this.#mix.fill(0);
    let isHeard = false;
    for (const voice of this.#voices.values()) if (voice.addTo(mix, nowMs)) isHeard = true;
    return isHeard ? this.#limited(mix) : null;
  }

  /** Several at once must not crackle: the whole gets softer instead. */
  #limited(mix: Float32Array): Int16Array {
    let peak = 0;
    for (let i = 0; i < MIX_SAMPLES; i++) peak = Math.max(peak, Math.abs(mix[i] ?? 0));
    this.#gain = Math.min(1, this.#gain * RECOVERY, FULL_SCALE / Math.max(1, peak));
    const limited = new Int16Array(MIX_SAMPLES);
    for (let i = 0; i < MIX_SAMPLES; i++) limited[i] = Math.round((mix[i] ?? 0) * this.#gain);
    return limited;
  }
}

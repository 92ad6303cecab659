/** A sound like a Doppler probe over the heart: band-limited noise that swells with each beat, above a soft thump. */
const BEATS_PER_S = 72 / 60;
const THUMP_HZ = 55;

export class HeartSound {
  readonly #sampleRateHz: number;
  #seed = 0x1234567;
  #low = 0;
  #band = 0;

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
  }

  /** Fills `samples` with the sound from `startMs` on. */
  render(samples: Float32Array, startMs: number): void {
    for (let i = 0; i < samples.length; i++) {
      const seconds = startMs / 1000 + i / this.#sampleRateHz;
      const phase = (seconds * BEATS_PER_S) % 1;
      const systole = phase < 0.35 ? Math.sin((phase / 0.35) * Math.PI) ** 2 : 0;
      const diastole =
        phase > 0.5 && phase < 0.75 ? 0.45 * Math.sin(((phase - 0.5) / 0.25) * Math.PI) ** 2 : 0;
      const flow = systole + diastole;
      this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
      const noise = this.#seed / 2 ** 31 - 1;
      // Two-pole resonator whose pitch rises with the flow, as a Doppler shift does.
      const f = 2 * Math.sin((Math.PI * (250 + 900 * flow)) / this.#sampleRateHz);
      this.#low += f * this.#band;
      this.#band += f * (noise - this.#low - 0.5 * this.#band);
      const thump = phase < 0.12 ? Math.sin(2 * Math.PI * THUMP_HZ * seconds) * (1 - phase / 0.12) * 0.35 : 0;
      samples[i] = Math.max(-1, Math.min(1, this.#band * (0.05 + 0.55 * flow) + thump));
    }
  }
}

/** What a second of sound tells. */
export interface SoundHealth {
  /** Effective level in dB below full scale; −100 is digital silence. */
  levelDb: number;
  peakDb: number;
}

const SILENCE_DB = -100;
const decibels = (amplitude: number): number =>
  amplitude <= 1e-5 ? SILENCE_DB : Math.max(SILENCE_DB, 20 * Math.log10(amplitude));

export class SoundMeter {
  readonly #report: (health: SoundHealth) => void;
  readonly #samplesPerReport: number;
  #count = 0;
  #squares = 0;
  #peak = 0;

  constructor(sampleRateHz: number, report: (health: SoundHealth) => void) {
    this.#samplesPerReport = sampleRateHz;
    this.#report = report;
  }

  push(samples: Float32Array): void {
    for (const sample of samples) {
      this.#squares += sample * sample;
      this.#peak = Math.max(this.#peak, Math.abs(sample));
    }
    this.#count += samples.length;
    if (this.#count < this.#samplesPerReport) return;
    this.#report({ levelDb: decibels(Math.sqrt(this.#squares / this.#count)), peakDb: decibels(this.#peak) });
    this.#count = 0;
    this.#squares = 0;
    this.#peak = 0;
  }
}

/**
 * Heart rate from an ECG, simply: the squared slope, smoothed over the width of a QRS complex, against a threshold that follows the
 * heights of the beats found so far (after Pan and Tompkins, 1985). For a number on a screen, not for diagnosis.
 */
const SMOOTH_S = 0.12;
const REFRACTORY_S = 0.25;
const THRESHOLD_PART = 0.35;
const PEAK_MEMORY = 0.8;
const FORGET_PER_S = 0.15;
const INTERVALS_KEPT = 8;
const MIN_BPM = 25;
const MAX_BPM = 240;

export class HeartRate {
  readonly #rateHz: number;
  readonly #window: Float32Array;
  #sum = 0;
  #previous: number | undefined;
  #index = 0;
  #peak = 0;
  #above = false;
  #lastBeat: number | undefined;
  #intervals: number[] = [];

  constructor(sampleRateHz: number) {
    this.#rateHz = sampleRateHz;
    this.#window = new Float32Array(Math.round(SMOOTH_S * sampleRateHz));
  }

  /** Takes the next sample (any unit); true on the sample at which a beat is recognised. */
  push(sample: number): boolean {
    const slope = sample - (this.#previous ?? sample);
    this.#previous = sample;
    const slot = this.#index % this.#window.length;
    this.#sum += slope * slope - (this.#window[slot] ?? 0);
    this.#window[slot] = slope * slope;
    this.#index++;
    this.#peak *= 1 - FORGET_PER_S / this.#rateHz;
    return this.#detect(Math.max(0, this.#sum));
  }

  #detect(energy: number): boolean {
    if (this.#above) {
      // The beat's height adapts the threshold; it ends when the energy has fallen again.
      if (energy > this.#peak) this.#peak = PEAK_MEMORY * this.#peak + (1 - PEAK_MEMORY) * energy;
      if (energy < THRESHOLD_PART * this.#peak * 0.5) this.#above = false;
      return false;
    }
    const rested = this.#lastBeat === undefined || this.#index - this.#lastBeat > REFRACTORY_S * this.#rateHz;
    if (this.#index <= this.#rateHz) {
      // First second: only learn how high beats are.
      this.#peak = Math.max(this.#peak, energy);
      return false;
    }
    if (!rested || energy <= THRESHOLD_PART * this.#peak) return false;
    this.#above = true;
    if (this.#lastBeat !== undefined) this.#intervals.push((this.#index - this.#lastBeat) / this.#rateHz);
    if (this.#intervals.length > INTERVALS_KEPT) this.#intervals.shift();
    this.#lastBeat = this.#index;
    return true;
  }

  /** Beats per minute over the last beats; null before there are enough, or when the heart or the lead went silent. */
  get bpm(): number | null {
    const silentS = this.#lastBeat === undefined ? Infinity : (this.#index - this.#lastBeat) / this.#rateHz;
    if (this.#intervals.length < 3 || silentS > 4) return null;
    const sorted = [...this.#intervals].sort((a, b) => a - b);
    // The middle ones: an early beat and its pause would spoil a plain mean.
    const middle = sorted.slice(Math.floor(sorted.length / 4), Math.ceil((sorted.length * 3) / 4));
    const mean = middle.reduce((sum, interval) => sum + interval, 0) / middle.length;
    const bpm = 60 / mean;
    return bpm >= MIN_BPM && bpm <= MAX_BPM ? bpm : null;
  }
}

/** Lower end of the usual monitoring bandwidth, 0.5 to 40 Hz: below it lie breathing and electrodes, not the heart. */
export const MONITOR_HIGH_PASS_HZ = 0.5;

/**
 * First-order high-pass: keeps a trace whose baseline wanders on the strip, as bedside monitors do. The strip says that
 * it is filtered; ST segments are not to be measured on it.
 */
export class HighPass {
  readonly #keep: number;
  #input: number | null = null;
  #output = 0;

  constructor(cutoffHz: number, rateHz: number) {
    const timeConstantS = 1 / (2 * Math.PI * cutoffHz);
    this.#keep = timeConstantS / (timeConstantS + 1 / rateHz);
  }

  /** Filters in place. A value that is missing stays missing, and the filter starts afresh after it. */
  filter(values: Float32Array): Float32Array {
    for (let i = 0; i < values.length; i++) {
      const input = values[i]!;
      if (Number.isNaN(input)) {
        this.reset();
        continue;
      }
      this.#output = this.#input === null ? 0 : this.#keep * (this.#output + input - this.#input);
      this.#input = input;
      values[i] = this.#output;
    }
    return values;
  }

  reset(): void {
    this.#input = null;
    this.#output = 0;
  }
}

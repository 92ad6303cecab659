/**
 * The last seconds of one waveform, addressed by hub time. What did not arrive is a gap (NaN), never a line drawn
 * across it: a monitor must not invent heartbeats.
 */
export class SweepBuffer {
  readonly rateHz: number;
  readonly #values: Float32Array;
  /** Index (samples since 1970) one past the newest sample; null before the first. */
  #end: number | null = null;

  constructor(rateHz: number, keptSeconds: number) {
    this.rateHz = rateHz;
    this.#values = new Float32Array(Math.ceil(rateHz * keptSeconds)).fill(NaN);
  }

  get capacity(): number {
    return this.#values.length;
  }

  get newestMs(): number | null {
    return this.#end === null ? null : ((this.#end - 1) * 1000) / this.rateHz;
  }

  indexAt(hubMs: number): number {
    return Math.floor((hubMs * this.rateHz) / 1000);
  }

  /** Puts a block in its place in time. Late blocks fill their gap; what is older than the buffer is dropped. */
  put(startHubMs: number, values: Float32Array): void {
    const start = this.#snapped(Math.round((startHubMs * this.rateHz) / 1000));
    const end = start + values.length;
    const previousEnd = this.#end ?? start;
    if (end > previousEnd) {
      // Blank what lies between: the ring still holds the last lap there.
      const from = Math.max(previousEnd, end - this.capacity);
      for (let i = from; i < end; i++) this.#values[this.#slot(i)] = NaN;
      this.#end = end;
    }
    const oldest = (this.#end ?? end) - this.capacity;
    for (let i = Math.max(start, oldest); i < end; i++) this.#values[this.#slot(i)] = values[i - start]!;
    this.#end ??= end;
  }

  /** NaN for a gap, for the future and for what has been overwritten. */
  valueAt(index: number): number {
    if (this.#end === null || index >= this.#end || index < this.#end - this.capacity) return NaN;
    return this.#values[this.#slot(index)]!;
  }

  /** A block that follows by a clock's rounding joins on, so that no false one-sample gap or overlap appears. */
  #snapped(start: number): number {
    return this.#end !== null && Math.abs(start - this.#end) <= 2 ? this.#end : start;
  }

  #slot(index: number): number {
    return ((index % this.capacity) + this.capacity) % this.capacity;
  }
}

/** The shortest delay of this long a time is the path itself; what is above it is queue. */
const BASE_WINDOW_MS = 10_000;

/**
 * The queue that stands on the path: what even the luckiest packet of a feedback had to wait. A machine that was busy for a moment delays packets
 * too, but its last ones come through at once, so nothing stands.
 */
export class StandingQueue {
  /** Shortest delays of the present window and of the one before. */
  #baseMs: [number, number] = [Infinity, Infinity];
  #sinceMs: number | undefined;
  ms = 0;

  /** Delays (arrival minus sending, in clocks of any offset) of the packets of one feedback. */
  add(delaysMs: readonly number[], nowMs: number): void {
    if (delaysMs.length === 0) return;
    const shortestMs = Math.min(...delaysMs);
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs > BASE_WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#baseMs = [shortestMs, this.#baseMs[0]];
    }
    this.#baseMs[0] = Math.min(this.#baseMs[0], shortestMs);
    this.ms = shortestMs - Math.min(...this.#baseMs);
  }
}

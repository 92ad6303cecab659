/** The shortest delay of this long a time is the path itself; what is above it is queue. */
const BASE_WINDOW_MS = 10_000;

/**
 * A queue on the path holds up every packet of this long a time; a busy machine, ours or the hub's, lets one through on
 * time now and then.
 */
const STANDING_MS = 250;

/**
 * The queue that stands on the path: what even the luckiest packet of a feedback had to wait. A machine that was busy for a moment delays packets
 * too, but its last ones come through at once, so nothing stands.
 */
export class StandingQueue {
  /** Shortest delays of the present window and of the one before. */
  #baseMs: [number, number] = [Infinity, Infinity];
  #sinceMs: number | undefined;
  #recent: { shortestMs: number; atMs: number }[] = [];
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
    this.#recent = [
      ...this.#recent.filter(({ atMs }) => nowMs - atMs < STANDING_MS),
      { shortestMs, atMs: nowMs },
    ];
    this.ms = Math.min(...this.#recent.map((each) => each.shortestMs)) - Math.min(...this.#baseMs);
  }
}

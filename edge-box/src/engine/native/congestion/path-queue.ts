/** The shortest delay of this long a time is the path itself; what is above it is queue. */
const BASE_WINDOW_MS = 10_000;
/**
 * A queue on the path holds up every packet of this long a time; a busy machine, ours or the hub's, or a radio that schedules in bursts lets
 * one through on time now and then.
 */
const STANDING_MS = 250;
/** The newest packets that say together how long the queue is at this moment. */
const NEWEST_PACKETS = 2;

/** How long packets wait on the path, from their delays (arrival minus sending, in clocks of any offset). */
export class PathQueue {
  /** Shortest delays of the present window and of the one before. */
  #baseMs: [number, number] = [Infinity, Infinity];
  #sinceMs: number | undefined;
  #recent: { shortestMs: number; atMs: number }[] = [];
  /** What even the luckiest packet of the last 250 ms had to wait. */
  standingMs = 0;
  /** What the luckiest packet of the last feedback had to wait: on a busy machine most come late, without any queue. */
  floorMs = 0;
  /** What the newest packets had to wait. */
  newestMs = 0;
  /** How much longer the newest packets waited than the first of the same feedback. */
  growthMs = 0;

  /** Shortest delay of the path. */
  get baseMs(): number {
    return Math.min(...this.#baseMs);
  }

  /** Delays of the packets of one feedback, in the order of sending. */
  add(delaysMs: readonly number[], nowMs: number): void {
    if (delaysMs.length === 0) return;
    const shortestMs = Math.min(...delaysMs);
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs > BASE_WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#baseMs = [shortestMs, this.#baseMs[0]];
    }
    this.#baseMs[0] = Math.min(this.#baseMs[0], shortestMs);
    const { baseMs } = this;
    this.#recent = [
      ...this.#recent.filter(({ atMs }) => nowMs - atMs < STANDING_MS),
      { shortestMs, atMs: nowMs },
    ];
    this.standingMs = Math.min(...this.#recent.map((each) => each.shortestMs)) - baseMs;
    this.floorMs = shortestMs - baseMs;
    const newestMs = Math.min(...delaysMs.slice(-NEWEST_PACKETS));
    this.newestMs = newestMs - baseMs;
    this.growthMs = newestMs - Math.min(...delaysMs.slice(0, NEWEST_PACKETS));
  }

  /** What waits by now is no queue: the path itself has become longer. */
  rebase(): void {
    const shortestMs = Math.min(...this.#recent.map((each) => each.shortestMs));
    this.#baseMs = [shortestMs, Infinity];
    this.standingMs = this.floorMs = this.newestMs = 0;
  }

  /** Media moved to another path: nothing is known of its delay. */
  forget(): void {
    this.#baseMs = [Infinity, Infinity];
    this.#sinceMs = undefined;
    this.#recent = [];
    this.standingMs = this.floorMs = this.newestMs = this.growthMs = 0;
  }
}

/** More waiting than this is old sound: better dropped than heard late, and later with every burst. */
const MAX_QUEUED_MS = 200;

/** How much sound waits in the player, told from what was written and what time has passed since. */
export class PlayoutClock {
  /** When all that was written will have been heard. */
  #endMs = -Infinity;

  /** True: play it. False: too much waits already. */
  take(durationMs: number, nowMs: number): boolean {
    // What was heard to its end leaves silence, no debt.
    if (this.#endMs < nowMs) this.#endMs = nowMs;
    if (this.#endMs + durationMs - nowMs > MAX_QUEUED_MS) return false;
    this.#endMs += durationMs;
    return true;
  }

  queuedMs(nowMs: number): number {
    return Math.max(0, this.#endMs - nowMs);
  }
}

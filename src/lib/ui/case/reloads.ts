/** How pages follow what happens in cases. */
export const FOLLOWED = {
  /** Many changes at once are one reload: a board of a busy morning. */
  gatherMs: 60,
  /** What a lost notice would have told comes with this. */
  refreshMs: 30_000,
} as const;

/** A reload that takes longer hangs on a connection that is gone; what comes after it does not wait for it. */
const PATIENCE_MS = 10_000;

/**
 * Reloads a page when told that it is out of date. Many changes at once are one reload, and no reload begins while one runs: it would take
 * the place of that one, so that where something changes all the time nothing was ever shown. What changed meanwhile is loaded afterwards.
 */
export class Reloads {
  readonly #reload: () => Promise<unknown>;
  readonly #gatherMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;
  #isOutdated = false;
  #isStopped = false;

  constructor(reload: () => Promise<unknown>, gatherMs: number) {
    this.#reload = reload;
    this.#gatherMs = gatherMs;
  }

  soon(): void {
    if (this.#isStopped) return;
    if (this.#isRunning) this.#isOutdated = true;
    else this.#timer ??= setTimeout(() => void this.#run(), this.#gatherMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#isRunning = true;
    this.#isOutdated = false;
    let patience: ReturnType<typeof setTimeout> | undefined;
    const tooLong = new Promise((resolve) => (patience = setTimeout(resolve, PATIENCE_MS)));
    // One that fails leaves the page as it was; the page says itself that the hub is away.
    await Promise.race([this.#reload().catch(() => undefined), tooLong]);
    clearTimeout(patience);
    this.#isRunning = false;
    if (this.#isOutdated) this.soon();
  }
}

/** A check of the path in use: often, since it also tells a NAT that forgot us where we are now. About 20 kbit/s. */
const ACTIVE_EVERY_MS = 50;
/** A path that is only kept warm. */
const STANDBY_EVERY_MS = 500;
/**
 * A way that never answered, after so many checks, is an address of the hub's that cannot be reached from here: not worth more while another
 * works. While none does it counts as a standby: it may be a modem that is only now let into its network.
 */
const HOPELESS_EVERY_MS = 5_000;
const HOPELESS_CHECKS = 40;
/** The path in use has not answered for this long: look at all of them at once. */
const SUSPECT_MS = 110;
/** It is given up when it was silent this long: three checks lost at random in a row would be one in 100,000. */
const DEAD_MS = 200;
/** An answer this long ago still says that a standby works, between two of its checks. */
const FRESH_MS = 1_200;
const UNANSWERED_MS = 600;
/** Checks that are compared for loss. */
const HISTORY = 40;
const MIN_HISTORY = 20;
const POOR_LOSS = 0.1;
const GOOD_LOSS = 0.03;

interface Path {
  name: string;
  lastCheckMs: number;
  lastAnswerMs: number;
  rttMs: number;
  /** Of the last checks: answered or not. */
  history: boolean[];
}

export interface Choice {
  /** Carries everything; null until any path has answered. */
  active: string | null;
  /** Carries a copy of everything, while every path loses packets. */
  copy: string | null;
}

/** Says which of several ways to the hub (carriers, interfaces) carries the media, from their checks. Pure: time is given. */
export class PathSelector {
  readonly #paths = new Map<string, Path>();
  #active: string | null = null;
  #copy: string | null = null;

  get choice(): Choice {
    return { active: this.#active, copy: this.#copy };
  }

  rttMs(name: string): number | null {
    const path = this.#paths.get(name);
    return path && Number.isFinite(path.rttMs) ? path.rttMs : null;
  }

  /** Part of its latest checks that the path lost; null while too few were made. */
  loss(name: string): number | null {
    const history = this.#paths.get(name)?.history ?? [];
    return history.length < MIN_HISTORY
      ? null
      : history.filter((answered) => !answered).length / history.length;
  }

  /** The paths there are, most wanted first. Those that are gone are forgotten. */
  setPaths(names: readonly string[]): void {
    for (const name of this.#paths.keys()) if (!names.includes(name)) this.#paths.delete(name);
    for (const name of names) {
      if (this.#paths.has(name)) continue;
      const never = { lastCheckMs: -Infinity, lastAnswerMs: -Infinity, rttMs: Infinity };
      this.#paths.set(name, { name, history: [], ...never });
    }
    if (this.#active !== null && !this.#paths.has(this.#active)) this.#active = null;
    if (this.#copy !== null && !this.#paths.has(this.#copy)) this.#copy = null;
  }

  /** Which paths are to be checked now. */
  checksDue(nowMs: number): string[] {
    const active = this.#active === null ? undefined : this.#paths.get(this.#active);
    const suspect = !active || nowMs - active.lastAnswerMs > SUSPECT_MS;
    const due = [...this.#paths.values()].filter((path) => {
      const hopeless = path.lastAnswerMs === -Infinity && path.history.length >= HOPELESS_CHECKS;
      const warmMs = path === active || suspect ? ACTIVE_EVERY_MS : STANDBY_EVERY_MS;
      const hopelessMs = suspect ? STANDBY_EVERY_MS : HOPELESS_EVERY_MS;
      const everyMs = hopeless ? hopelessMs : warmMs;
      return nowMs - path.lastCheckMs >= everyMs;
    });
    for (const path of due) path.lastCheckMs = nowMs;
    return due.map(({ name }) => name);
  }

  onAnswer(name: string, rttMs: number, nowMs: number): void {
    const path = this.#paths.get(name);
    if (!path) return;
    path.lastAnswerMs = nowMs;
    path.rttMs = rttMs;
    this.#note(path, true);
  }

  /** A check was not answered within `UNANSWERED_MS`, which the caller watches. */
  onUnanswered(name: string): void {
    const path = this.#paths.get(name);
    if (path) this.#note(path, false);
  }

  /** The system could not even send: no address, no route. */
  onSendFailed(name: string): void {
    const path = this.#paths.get(name);
    if (path && path.lastAnswerMs > 0) path.lastAnswerMs = 0;
  }

  static readonly unansweredMs = UNANSWERED_MS;

  #note(path: Path, answered: boolean): void {
    path.history.push(answered);
    if (path.history.length > HISTORY) path.history.shift();
  }

  /** Looks anew; true when another path became the active one. */
  decide(nowMs: number): boolean {
    const before = this.#active;
    const active = before === null ? undefined : this.#paths.get(before);
    const others = [...this.#paths.values()]
      .filter((path) => path !== active && nowMs - path.lastAnswerMs < FRESH_MS)
      .sort((a, b) => (this.loss(a.name) ?? 0) - (this.loss(b.name) ?? 0));
    const best = others[0];
    if (!active || nowMs - active.lastAnswerMs > DEAD_MS) {
      const alive = others.find((path) => !active || path.lastAnswerMs > active.lastAnswerMs);
      if (alive) this.#active = alive.name;
    } else if (best && (this.loss(active.name) ?? 0) > POOR_LOSS && (this.loss(best.name) ?? 1) < GOOD_LOSS) {
      this.#active = best.name;
    }
    this.#copy = this.#secondWhilePoor(nowMs);
    return this.#active !== before;
  }

  #secondWhilePoor(nowMs: number): string | null {
    if (this.#active === null || (this.loss(this.#active) ?? 0) < POOR_LOSS / 2) return null;
    if ((this.loss(this.#active) ?? 0) < POOR_LOSS && this.#copy === null) return null;
    const second = [...this.#paths.values()].find(
      ({ name, lastAnswerMs }) => name !== this.#active && nowMs - lastAnswerMs < FRESH_MS,
    );
    return second?.name ?? null;
  }
}

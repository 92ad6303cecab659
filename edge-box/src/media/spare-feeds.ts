import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

const CHILD = new URL('./feed-child.ts', import.meta.url);

export function forkFeed(): ChildProcess {
  return fork(CHILD, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/**
 * Feed processes that are up already and have opened no device: starting Node.js and FFmpeg takes longer than all the rest between a call and
 * its first picture.
 */
export class SpareFeeds {
  readonly #wanted: number;
  readonly #spares = new Set<ChildProcess>();
  #closed = false;

  constructor(wanted: number) {
    this.#wanted = wanted;
    this.refill();
  }

  /** One that is up, or a new one. */
  take(): ChildProcess {
    const [spare] = this.#spares;
    if (!spare) return forkFeed();
    this.#spares.delete(spare);
    return spare;
  }

  /** To be called when feeds have ended; while they run, spares would only take their memory. */
  refill(): void {
    while (!this.#closed && this.#spares.size < this.#wanted) {
      const spare = forkFeed();
      this.#spares.add(spare);
      const drop = (): void => void this.#spares.delete(spare);
      spare.once('exit', drop);
      spare.once('error', drop);
    }
  }

  /** Ends those that nobody took. */
  close(): void {
    this.#closed = true;
    for (const spare of this.#spares) spare.kill('SIGKILL');
  }
}

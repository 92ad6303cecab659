import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPartError } from './errors.ts';
import type { Log } from './log.ts';
import type { UserIds } from './run-as.ts';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 5000;
const TAIL_LINES = 20;

export interface ServerSpec {
  /** How it is called in the log. */
  name: string;
  program: string;
  args: string[];
  cwd: string;
  user: UserIds | undefined;
  env?: NodeJS.ProcessEnv;
  /** A line of its output that says it serves now. */
  readyLine: RegExp;
  stopSignal: NodeJS.Signals;
  /** Runs before each start; must leave the folder fit for one. */
  beforeStart(): Promise<void>;
  log: Log;
}

/**
 * A server process that is kept running: when it dies it is started again with the same arguments, after a growing
 * pause, until it is stopped.
 */
export class SupervisedServer {
  readonly #spec: ServerSpec;
  #child: ChildProcess | undefined;
  #wanted = false;
  /** One change of state at a time: start, stop, restart and revival never overlap. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #halt = new AbortController();
  /** Its last lines of output, for the report when it ends unasked. */
  #tail: string[] = [];

  // Last resort when the hub dies of an error: the server is told, and found by the next start otherwise.
  readonly #onHubExit = () => this.#child?.kill(this.#spec.stopSignal);

  constructor(spec: ServerSpec) {
    this.#spec = spec;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Throws {@link EmbeddedPartError} with the last lines of output when it does not come up. */
  async start(): Promise<void> {
    this.#wanted = true;
    process.once('exit', this.#onHubExit);
    try {
      await this.#inTurn(() => this.#launch());
    } catch (error) {
      this.#wanted = false;
      process.off('exit', this.#onHubExit);
      throw error;
    }
  }

  /** Stops it in order, leaves it away for `downMs`, and starts it again. */
  async restart(downMs = 0): Promise<void> {
    await this.#inTurn(async () => {
      await this.#end();
      await delay(downMs);
      if (this.#wanted) await this.#launch();
    });
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    this.#halt.abort();
    await this.#inTurn(() => this.#end());
    process.off('exit', this.#onHubExit);
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(change);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #launch(): Promise<void> {
    const { name, program, args, cwd, user, env, log } = this.#spec;
    await this.#spec.beforeStart();
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      ...user,
      // A session of its own: Ctrl-C in the terminal is for the hub, which still needs its servers to stop well.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await this.#untilReady(child);
    this.#child = child;
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      log.error(
        `${name} ended unexpectedly (${signal ?? `code ${code}`}); starting it again\n${this.#tail.join('\n')}`.trimEnd(),
      );
      void this.#inTurn(() => this.#revive());
    });
    // It may have ended between the ready line and here.
    if (child.exitCode !== null || child.signalCode !== null)
      child.emit('exit', child.exitCode, child.signalCode);
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const { name, readyLine } = this.#spec;
    const tail: string[] = (this.#tail = []);
    const outcome = Promise.withResolvers<void>();
    const onLine = (line: string) => {
      if (readyLine.test(line)) outcome.resolve();
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
    };
    for (const output of [child.stdout, child.stderr]) {
      if (output) createInterface({ input: output }).on('line', onLine);
    }
    const fail = (what: string) =>
      outcome.reject(new EmbeddedPartError(`${name} did not start: ${what}\n${tail.join('\n')}`.trimEnd()));
    // 'close' rather than 'exit': by then its last words have been read.
    child.once('close', (code, signal) => fail(`it ended with ${signal ?? `code ${code}`}`));
    child.once('error', (error) => fail(error.message));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`not ready within ${READY_WITHIN_MS / 1000} s`);
    }, READY_WITHIN_MS);
    await outcome.promise.finally(() => clearTimeout(timer));
  }

  async #revive(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (this.#wanted && !this.#child) {
      await delay(backoffMs, undefined, { signal: this.#halt.signal }).catch(() => undefined);
      if (!this.#wanted) return;
      try {
        await this.#launch();
        this.#spec.log.info(`${this.#spec.name} runs again`);
      } catch (error) {
        this.#spec.log.error(`${(error as Error).message}`);
        backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS);
      }
    }
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(this.#spec.stopSignal);
    const timer = setTimeout(() => {
      this.#spec.log.error(`${this.#spec.name} did not stop within ${STOP_WITHIN_MS / 1000} s; killing it`);
      child.kill('SIGKILL');
    }, STOP_WITHIN_MS);
    await gone;
    clearTimeout(timer);
  }
}

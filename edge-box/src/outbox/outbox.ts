import { Worker } from 'node:worker_threads';
import { captureSchema, MAX_CAPTURE_BYTES, type Capture } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxClock } from '../clock.ts';
import { reasonOf, type Log } from '../log.ts';
import type { Stamp } from './records-table.ts';
import type { NewRecord } from './store.ts';
import type { FromWorker, OutboxStats, ToWorker, Where, WorkerStart } from './worker-messages.ts';

export interface OutboxOptions extends Omit<WorkerStart, 'clock' | 'where' | 'startedAtMs' | 'isSecond'> {
  clock: BoxClock;
  where: Where;
  /** Another outbox of this box tells when the box started. */
  isSecond?: boolean;
  token: () => Promise<string>;
  /** What the uplink has left for the outbox now. */
  mayUseKbps: () => number;
  log: Log;
}

const captureMeta = captureSchema.pick({ mediaType: true, label: true });
const RESTART_MS = 1_000;
const BUDGET_MS = 500;

const UNKNOWN: Omit<OutboxStats, 'limitBytes'> = {
  ...{
    state: 'failing',
    problem: 'not opened yet',
    waiting: 0,
    oldestAtMs: null,
    bytes: 0,
    lost: 0,
    aside: 0,
  },
  ...{ upload: 'idle', uploadProblem: null },
};

/** The box's outbox, as its other parts see it. The work is done in a thread that is started again should it end. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #pending = new Map<
    number,
    { record: { kind: string; atMs: number }; done: (n: number | null) => void }
  >();
  #worker: Worker;
  #where: Where;
  #stats: OutboxStats;
  #lastId = 0;
  #address: string | null = null;
  #token: string | null = null;
  #closed: (() => void) | null = null;
  readonly #budgetTimer: NodeJS.Timeout;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#where = options.where;
    this.#stats = { ...UNKNOWN, limitBytes: options.limitBytes } as OutboxStats;
    this.#worker = this.#start();
    this.#budgetTimer = setInterval(() => {
      this.#say({ type: 'budget', kbps: options.mayUseKbps() });
    }, BUDGET_MS);
  }

  /** Its number once it is safely on disk; null when it could not be kept (then that is counted). */
  append(record: NewRecord): Promise<number | null> {
    return this.#ask(record.kind, record.stamp, (id) => ({ type: 'append', id, record }));
  }

  /**
   * Kept whole or not at all.
   * @throws {RangeError} when no hub would take it: its size, its type, or its label.
   */
  async appendCapture(
    stamp: Stamp,
    meta: Pick<Capture, 'mediaType' | 'label'>,
    bytes: Uint8Array,
  ): Promise<number | null> {
    if (bytes.length < 1 || bytes.length > MAX_CAPTURE_BYTES || !captureMeta.safeParse(meta).success) {
      throw new RangeError('not a capture of a kind and size that the hub takes');
    }
    return this.#ask('capture', stamp, (id) => ({ type: 'capture', id, stamp, meta, bytes }));
  }

  reportLosses(options: { endedBeforeMs: number }): void {
    this.#say({ type: 'reportLosses', ...options });
  }

  /** The room that is served and the hub's clock, for what the outbox itself notes. */
  setWhere(where: Where): void {
    this.#where = where;
    this.#say({ type: 'where', where });
  }

  /** From now on the hub is reached from this address of the box; null: as the system's routes say. */
  leaveFrom(address: string | null): void {
    this.#address = address;
    this.#say({ type: 'leaveFrom', address });
  }

  /** Not older than a second. */
  stats(): OutboxStats {
    return this.#stats;
  }

  async close(): Promise<void> {
    clearInterval(this.#budgetTimer);
    const worker = this.#worker;
    await new Promise<void>((resolve) => {
      this.#closed = resolve;
      this.#say({ type: 'close' });
    });
    await worker.terminate();
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #ask(kind: string, stamp: Stamp, make: (id: number) => ToWorker): Promise<number | null> {
    const id = ++this.#lastId;
    return new Promise((done) => {
      this.#pending.set(id, { record: { kind, atMs: stamp.boxAtMs }, done });
      this.#say(make(id));
    });
  }

  #start(): Worker {
    const { folder, limitBytes, minFreeBytes, hubUrl, version, clock, isSecond = false } = this.#options;
    const workerData: WorkerStart = {
      ...{ folder, limitBytes, minFreeBytes, hubUrl, version, isSecond },
      ...{ clock: clock.settings, where: this.#where, startedAtMs: clock.nowMs() },
    };
    const worker = new Worker(new URL('./outbox-worker.ts', import.meta.url), { workerData });
    worker.on('message', (message: FromWorker) => this.#hear(message));
    worker.on('error', (error) =>
      this.#options.log('error', 'the outbox failed', { reason: reasonOf(error) }),
    );
    worker.on('exit', () => this.#ended());
    return worker;
  }

  #hear(message: FromWorker): void {
    const { log } = this.#options;
    switch (message.type) {
      case 'kept':
        this.#pending.get(message.id)?.done(message.number);
        this.#pending.delete(message.id);
        break;
      case 'wantToken':
        void this.#giveToken(message.id, message.fresh);
        break;
      case 'stats':
        this.#noticeChange(message.stats);
        this.#stats = message.stats;
        break;
      case 'log':
        log(message.level, `outbox: ${message.message}`, message.fields);
        break;
      case 'closed':
        this.#closed?.();
        break;
    }
  }

  #noticeChange({ state, problem, waiting, lost }: OutboxStats): void {
    if (state === this.#stats.state && problem === this.#stats.problem) return;
    const level = state === 'recording' && problem === null ? 'info' : 'error';
    this.#options.log(level, 'outbox', { state, problem, waiting, lost });
  }

  async #giveToken(id: number, fresh: boolean): Promise<void> {
    try {
      if (fresh || this.#token === null) this.#token = await this.#options.token();
      this.#say({ type: 'token', id, token: this.#token });
    } catch (error) {
      const name = error instanceof Error ? error.name : 'Error';
      this.#say({ type: 'noToken', id, name, reason: reasonOf(error) });
    }
  }

  /** What was under way is told as lost: whether it was written is not known. */
  #ended(): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { done } of pending) done(null);
    if (this.#closed) return this.#closed();
    this.#options.log('error', 'the outbox ended and is started again', { pending: pending.length });
    this.#stats = { ...this.#stats, state: 'failing', problem: 'started again' };
    setTimeout(() => {
      if (this.#closed) return;
      this.#worker = this.#start();
      if (this.#address !== null) this.leaveFrom(this.#address);
      const times = pending.map(({ record }) => record.atMs);
      if (times.length === 0) return;
      const { clock } = this.#options;
      void this.append({
        kind: 'event',
        stamp: { boxAtMs: clock.nowMs(), ...this.#where },
        data: {
          ...{ type: 'outbox.lost', kind: 'vitals', reason: 'failure', count: times.length },
          ...{ fromMs: Math.min(...times), untilMs: Math.max(...times) },
        },
      });
    }, RESTART_MS);
  }
}

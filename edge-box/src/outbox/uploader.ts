import {
  encodeBatch,
  MAX_BATCH_BYTES,
  MAX_BATCH_RECORDS,
} from '../../../src/lib/signaling/contract/index.ts';
import { reasonOf, type Log } from '../log.ts';
import type { Outcome, SendBatch } from './hub-records.ts';
import type { Waiting } from './records-table.ts';
import type { OutboxStore } from './store.ts';

/**
 * `idle`: nothing waits. `away`: the hub does not answer. `refused`: it does not trust this box. `nonsense`: it answers what no hub of ours
 * does. `conflict`: it has another record under one of our numbers. In all of them everything is kept.
 */
export type UploadState = 'idle' | 'sending' | 'away' | 'refused' | 'nonsense' | 'conflict';

export type UploadStep = 'upload.built' | 'upload.answered';

export interface UploaderParts {
  store: Pick<OutboxStore, 'outboxId' | 'waiting' | 'acknowledge' | 'setAside'>;
  /** A token of the box for its hub; `fresh` when the last one was refused. */
  token: (fresh: boolean) => Promise<string>;
  send: SendBatch;
  mayUseKbps: () => number;
  log: Log;
  random?: () => number;
  /** For tests: a moment at which the process may die. */
  step?: (step: UploadStep) => void;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = { away: 15_000, trouble: 120_000 };
/** A batch should not take longer than this at the rate it may use. */
const BATCH_SECONDS = 4;
/** Around the records in a batch. */
const BATCH_SPARE_BYTES = 1024;
const STRIKES = 3;
/** A hub that refuses more than this is itself what is wrong. */
const MAX_ASIDE_PER_HOUR = 10;
const HOUR_MS = 3_600_000;

/** Sends what waits, oldest first, one batch at a time, and deletes only what the hub says it has. */
export class Uploader {
  readonly #parts: UploaderParts;
  #state: UploadState = 'idle';
  #problem: string | null = null;
  #freshToken = false;
  #tokenRefused = false;
  #gapFrom: number | null = null;
  #strikes = { record: 0, count: 0 };
  #asideAtMs: number[] = [];
  #retryMs = FIRST_RETRY_MS;
  #running: Promise<void> | null = null;
  readonly #stop = new AbortController();
  #wake: () => void = () => undefined;

  constructor(parts: UploaderParts) {
    this.#parts = parts;
  }

  get state(): UploadState {
    return this.#state;
  }

  get problem(): string | null {
    return this.#problem;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something new waits. A pause after a failure goes on. */
  appended(): void {
    if (this.#state === 'idle') this.#wake();
  }

  /** What is under way is given up: the hub has it or not, and the next start asks. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      let pauseMs: number;
      try {
        pauseMs = await this.round();
      } catch (error) {
        pauseMs = this.#trouble('nonsense', reasonOf(error));
      }
      if (pauseMs > 0 && !this.#stop.signal.aborted) await this.#pause(pauseMs);
    }
  }

  /** One batch; answers how long to wait before the next. */
  async round(): Promise<number> {
    const { store, send, step } = this.#parts;
    const batch = store.waiting(this.#limits());
    const { outboxId } = store;
    if (batch.length === 0 || outboxId === null) {
      this.#state = 'idle';
      return LONGEST_RETRY_MS.away;
    }
    if (this.#state === 'idle') this.#state = 'sending';
    let token: string;
    try {
      token = await this.#parts.token(this.#freshToken);
      this.#freshToken = false;
    } catch (error) {
      const refused = (error as Error | null)?.name === 'EnrolmentRequired';
      return this.#trouble(refused ? 'refused' : 'away', reasonOf(error));
    }
    if (this.#stop.signal.aborted) return 0;
    const bytes = encodeBatch({ outboxId, gapFrom: this.#gapFrom, records: batch });
    step?.('upload.built');
    const outcome = await send(bytes, token, this.#stop.signal);
    if (this.#stop.signal.aborted) return 0;
    step?.('upload.answered');
    return this.#follow(outcome, batch, outboxId);
  }

  #limits(): { maxBytes: number; maxRecords: number } {
    const affordable = (this.#parts.mayUseKbps() * 1000 * BATCH_SECONDS) / 8;
    return {
      maxBytes: Math.min(affordable, MAX_BATCH_BYTES - BATCH_SPARE_BYTES),
      maxRecords: MAX_BATCH_RECORDS,
    };
  }

  #follow(outcome: Outcome, batch: Waiting[], outboxId: string): number {
    const first = batch[0]!.number;
    const last = batch.at(-1)!.number;
    switch (outcome.kind) {
      case 'acknowledged': {
        const { through } = outcome;
        if (outcome.outboxId !== outboxId) return this.#trouble('nonsense', 'acknowledges another outbox');
        if (through < first) return this.#trouble('nonsense', `acknowledges ${through} when sent ${first}`);
        // It may have more from an earlier batch; only what it was sent now goes.
        this.#parts.store.acknowledge(Math.min(through, last));
        return this.#progress();
      }
      case 'away':
        return this.#trouble('away', outcome.reason);
      case 'unauthenticated':
        this.#freshToken = true;
        // Tokens run out; only one that is new and refused as well is trouble.
        if (this.#tokenRefused) return this.#trouble('refused', outcome.reason);
        this.#tokenRefused = true;
        return 0;
      case 'gap':
        if (outcome.expected >= first)
          return this.#trouble('nonsense', `waits for ${outcome.expected} when sent it`);
        // The oldest that is left is the first of every batch: what the hub waits for is not here any more.
        this.#gapFrom = outcome.expected;
        this.#parts.log('error', 'the hub lacks records that it had acknowledged', { ...outcome, first });
        return this.#trouble('away', `the hub lacks ${outcome.expected} to ${first - 1}`);
      case 'badRecord':
        if (outcome.record < first || outcome.record > last) {
          return this.#trouble('nonsense', `refuses record ${outcome.record}, which was not sent`);
        }
        return this.#strike(outcome.record, outcome.reason);
      case 'conflict':
      case 'nonsense':
        return this.#trouble(outcome.kind, outcome.reason);
    }
  }

  #progress(): number {
    if (this.#problem) this.#parts.log('info', 'the hub takes records again');
    this.#state = 'sending';
    this.#problem = null;
    this.#gapFrom = null;
    this.#tokenRefused = false;
    this.#retryMs = FIRST_RETRY_MS;
    return 0;
  }

  /** A record that the hub refuses again and again must not keep all behind it. */
  #strike(record: number, reason: string): number {
    const count = this.#strikes.record === record ? this.#strikes.count + 1 : 1;
    this.#strikes = { record, count };
    const pauseMs = this.#trouble('nonsense', `refuses record ${record}: ${reason}`);
    if (count < STRIKES) return pauseMs;
    const nowMs = performance.now();
    this.#asideAtMs = this.#asideAtMs.filter((atMs) => atMs > nowMs - HOUR_MS);
    if (this.#asideAtMs.length >= MAX_ASIDE_PER_HOUR) return pauseMs;
    this.#asideAtMs.push(nowMs);
    this.#parts.store.setAside(record, 'refused');
    this.#parts.log('error', 'the hub will not take a record; it was set aside', { record, reason });
    return 0;
  }

  #trouble(state: Exclude<UploadState, 'idle' | 'sending'>, problem: string): number {
    if (state !== this.#state || problem !== this.#problem) {
      this.#parts.log('warn', 'records wait', { state, problem });
    }
    this.#state = state;
    this.#problem = problem;
    const pauseMs = this.#retryMs * (0.8 + 0.4 * (this.#parts.random ?? Math.random)());
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS[state === 'away' ? 'away' : 'trouble']);
    return pauseMs;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

import { randomUUID } from 'node:crypto';
import type { BoxCall } from '../../../src/lib/signaling/contract/index.ts';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import type { CallView } from './state.ts';

/** How a call stands is asked again so often: a notice may have been missed. */
const ASK_EVERY_MS = 5_000;
/** What became of a call stays on the screen so long. */
const SHOW_OUTCOME_MS = 5 * 60_000;

interface Line {
  readonly status: string;
  callForHelp(callId: string): Promise<BoxCall>;
  cancelCall(callId: string): Promise<BoxCall>;
}

/** One call for help at a time. Made while the hub is away it waits, and goes out as soon as the hub is back. */
export class HelpCall {
  readonly #line: Line;
  readonly #log: Log;
  #callId: string | null = null;
  #view: CallView | null = null;
  /** Taken back here; the hub is yet to hear of it. */
  #cancelling: string | null = null;
  #asking = false;
  #askedAtMs = -Infinity;

  constructor(line: Line, log: Log) {
    this.#line = line;
    this.#log = log;
  }

  get view(): CallView | null {
    const isOld = this.#callId === null && Date.now() - (this.#view?.sinceMs ?? 0) > SHOW_OUTCOME_MS;
    return isOld ? null : this.#view;
  }

  call(): void {
    if (this.#callId !== null) return;
    this.#callId = randomUUID();
    this.#view = { state: 'waiting', by: null, sinceMs: Date.now() };
    this.#askedAtMs = -Infinity;
    this.tick();
  }

  cancel(): void {
    if (this.#callId === null) return;
    this.#cancelling = this.#callId;
    this.#callId = null;
    this.#view = { state: 'cancelled', by: null, sinceMs: Date.now() };
    this.tick();
  }

  /** What the hub says of a call. */
  heard({ callId, state, by }: BoxCall): void {
    if (callId !== this.#callId) return;
    const shown = state === 'open' ? 'ringing' : state;
    if (shown === this.#view?.state) return;
    this.#view = { state: shown, by, sinceMs: Date.now() };
    if (state !== 'open') this.#callId = null;
  }

  /** Several times a second. */
  tick(): void {
    if (this.#asking || this.#line.status !== 'online') return;
    if (this.#cancelling !== null) {
      const callId = this.#cancelling;
      this.#ask(this.#line.cancelCall(callId), () => {
        if (this.#cancelling === callId) this.#cancelling = null;
      });
      return;
    }
    if (this.#callId === null || performance.now() - this.#askedAtMs < ASK_EVERY_MS) return;
    this.#askedAtMs = performance.now();
    this.#ask(this.#line.callForHelp(this.#callId), () => undefined);
  }

  #ask(question: Promise<BoxCall>, done: () => void): void {
    this.#asking = true;
    question
      .then((call) => {
        done();
        this.heard(call);
      })
      .catch((error: unknown) => {
        // The hub never had it: nothing to take back.
        if ((error as { code?: unknown }).code === 'not_found') done();
        else this.#log('warn', 'call for help not passed on yet', { reason: reasonOf(error) });
      })
      .finally(() => {
        this.#asking = false;
      });
  }
}

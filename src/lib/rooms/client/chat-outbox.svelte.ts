import { ERRORS, HubError } from '../../signaling/contract/index.ts';

export interface PendingChat {
  messageId: string;
  text: string;
  status: 'sending' | 'failed';
}

const ATTEMPTS = 10;
const MAX_WAIT_MS = 4000;

/**
 * Chat messages that the hub has not acknowledged yet. They go one after the other, so that what was said first is read
 * first, and each keeps its id however often it is sent, so that it is one message.
 */
export class ChatOutbox {
  pending = $state<PendingChat[]>([]);
  readonly #post: (message: { messageId: string; text: string }) => Promise<unknown>;
  #work: Promise<void> = Promise.resolve();

  constructor(post: (message: { messageId: string; text: string }) => Promise<unknown>) {
    this.#post = post;
  }

  send(text: string): void {
    const messageId = crypto.randomUUID();
    this.pending.push({ messageId, text, status: 'sending' });
    this.#inTurn(messageId);
  }

  /** Tries a failed one again, at the person's wish. */
  retry(messageId: string): void {
    const message = this.#find(messageId);
    if (!message) return;
    message.status = 'sending';
    this.#inTurn(messageId);
  }

  #find(messageId: string): PendingChat | undefined {
    return this.pending.find((message) => message.messageId === messageId);
  }

  #inTurn(messageId: string): void {
    this.#work = this.#work.then(() => this.#deliver(messageId));
  }

  async #deliver(messageId: string): Promise<void> {
    const message = this.#find(messageId);
    if (!message) return;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        await this.#post({ messageId, text: message.text });
        this.pending = this.pending.filter((each) => each.messageId !== messageId);
        return;
      } catch (error) {
        if (!isPassing(error)) break;
        await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** attempt, MAX_WAIT_MS)));
      }
    }
    const failed = this.#find(messageId);
    if (failed) failed.status = 'failed';
  }
}

/** The hub may take the same message later; `not_a_member` too, while the place is being taken again after a restart. */
function isPassing(error: unknown): boolean {
  return error instanceof HubError && (ERRORS[error.code].retry || error.code === 'not_a_member');
}

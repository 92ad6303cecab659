/** `no-picture`: none has come yet; `old-picture`: none comes any more; `no-answer`: the feed's process is gone or hangs. */
export type StillFailure = 'no-picture' | 'old-picture' | 'too-large' | 'no-answer' | 'failed';

export class StillError extends Error {
  override readonly name = 'StillError';
  readonly code: StillFailure;

  constructor(code: StillFailure, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** A picture of a device, in the device's own size. */
export interface Still {
  mediaType: 'image/jpeg';
  bytes: Uint8Array;
  width: number;
  height: number;
  /** By the box's clock. */
  takenAtMs: number;
}

export type StillAnswer =
  | { type: 'still'; id: number; still: Still }
  | { type: 'noStill'; id: number; code: StillFailure; reason?: string };

/** A 4K picture takes a small board a moment. */
const ANSWER_WITHIN_MS = 4_000;

/** The stills that a feed's process is asked for and has not answered yet. */
export class StillRequests {
  readonly #waiting = new Map<number, { done(still: Still): void; failed(error: StillError): void }>();
  #lastId = 0;

  /** `send`: false when there is nobody to ask. @throws {StillError} */
  ask(send: (id: number) => boolean): Promise<Still> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, new StillError('no-answer')), ANSWER_WITHIN_MS);
      this.#waiting.set(id, {
        done: (still) => {
          clearTimeout(timer);
          resolve(still);
        },
        failed: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      if (!send(id)) this.#fail(id, new StillError('no-answer'));
    });
  }

  answered(answer: StillAnswer): void {
    if (answer.type === 'noStill') {
      this.#fail(answer.id, new StillError(answer.code, { cause: answer.reason }));
      return;
    }
    this.#waiting.get(answer.id)?.done(answer.still);
    this.#waiting.delete(answer.id);
  }

  /** Whoever was asked is gone. */
  unanswered(): void {
    for (const id of [...this.#waiting.keys()]) this.#fail(id, new StillError('no-answer'));
  }

  #fail(id: number, error: StillError): void {
    this.#waiting.get(id)?.failed(error);
    this.#waiting.delete(id);
  }
}

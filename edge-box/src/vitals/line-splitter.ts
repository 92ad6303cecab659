/** Cuts a stream of bytes into lines. A line that never ends is dropped at the bound, up to the next line break. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => void;
  #parts: Buffer[] = [];
  #length = 0;
  #dropping = false;

  constructor(maxBytes: number, onLine: (line: string) => void, onTooLong: () => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  push(bytes: Buffer): void {
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(0x0a, from);
      this.#take(bytes.subarray(from, end < 0 ? bytes.length : end));
      if (end < 0) return;
      this.#finish();
      from = end + 1;
    }
  }

  #take(part: Buffer): void {
    if (this.#dropping || part.length === 0) return;
    this.#length += part.length;
    if (this.#length <= this.#maxBytes) {
      this.#parts.push(Buffer.from(part));
      return;
    }
    this.#parts = [];
    this.#dropping = true;
    this.#onTooLong();
  }

  #finish(): void {
    const line = this.#dropping ? '' : Buffer.concat(this.#parts).toString('utf8').trim();
    this.#parts = [];
    this.#length = 0;
    this.#dropping = false;
    if (line !== '') this.#onLine(line);
  }
}

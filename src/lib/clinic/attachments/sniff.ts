import { fileTypeFromBuffer } from 'file-type';

/** What a file is by its content; null for what is none of the types that are told by their first bytes. */
export async function typeByFirstBytes(head: Uint8Array): Promise<string | null> {
  const found = await fileTypeFromBuffer(head);
  // Apple's own profile of MPEG-4 is MPEG-4.
  return found?.mime === 'video/x-m4v' ? 'video/mp4' : (found?.mime ?? null);
}

/** Whether bytes that come one after another are plain text in UTF-8: no control characters but tabs and ends of lines. */
export class TextCheck {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #isText = true;

  add(bytes: Uint8Array): void {
    if (this.#isText) this.#look(() => this.#decoder.decode(bytes, { stream: true }));
  }

  /** Whether all of it was. */
  end(): boolean {
    if (this.#isText) this.#look(() => this.#decoder.decode());
    return this.#isText;
  }

  #look(decode: () => string): void {
    try {
      // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
      this.#isText = !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(decode());
    } catch {
      this.#isText = false;
    }
  }
}

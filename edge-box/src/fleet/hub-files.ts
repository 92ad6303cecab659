import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const LOG_TIMEOUT_MS = 30_000;
/** A package is large and the link may be thin: only silence ends it. */
const SILENCE_MS = 60_000;

export interface HubFilesConfig {
  hubUrl: string;
  /** A fresh token of this box. */
  token(): Promise<string>;
}

/** What goes between box and hub as files, with the box's token as the key. */
export class HubFiles {
  readonly #config: HubFilesConfig;

  constructor(config: HubFilesConfig) {
    this.#config = config;
  }

  async sendLog(logId: string, text: string): Promise<void> {
    const response = await this.#fetch(`/api/box/log/${logId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: text,
      signal: AbortSignal.timeout(LOG_TIMEOUT_MS),
    });
    await response.body?.cancel();
  }

  /** Writes the package to a file; more than `maxBytes` is an error before it fills the disk. */
  async download(version: string, file: string, maxBytes: number): Promise<void> {
    const silence = new AbortController();
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(new Error('the hub went silent')), SILENCE_MS);
    };
    let timer: NodeJS.Timeout | undefined;
    heard();
    try {
      const { body } = await this.#fetch(`/api/box/package/${version}`, { signal: silence.signal });
      if (!body) throw new Error('the hub sent nothing');
      let bytes = 0;
      const counted = new Transform({
        transform(chunk: Buffer, _, done) {
          heard();
          bytes += chunk.byteLength;
          done(bytes > maxBytes ? new Error('the package is longer than its manifest says') : null, chunk);
        },
      });
      await pipeline(Readable.fromWeb(body as never), counted, createWriteStream(file, { mode: 0o600 }));
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${await this.#config.token()}` };
    const response = await fetch(new URL(path, this.#config.hubUrl), { ...init, headers, redirect: 'error' });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response;
  }
}

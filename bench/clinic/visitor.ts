import { Agent, request } from 'node:http';
import { SESSION_COOKIE } from '../../src/lib/identity/index.ts';

/** Somebody's browser at the hub, by a session; one connection that is kept, so that what is measured is the hub. */
export class Visitor {
  readonly hubUrl: string;
  readonly cookie: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  constructor(hubUrl: string, sessionToken: string) {
    this.hubUrl = hubUrl;
    this.cookie = `${SESSION_COOKIE}=${sessionToken}`;
  }

  get(path: string): Promise<string> {
    return this.#ask('GET', path, {}, '');
  }

  /** As a page's own button does. */
  act(path: string, fields: Record<string, string>): Promise<string> {
    const type = 'application/x-www-form-urlencoded';
    const headers = {
      'content-type': type,
      origin: this.hubUrl,
      'x-sveltekit-action': 'true',
      accept: 'application/json',
    };
    return this.#ask('POST', path, headers, new URLSearchParams(fields).toString());
  }

  postJson(path: string, body: object): Promise<string> {
    return this.#ask(
      'POST',
      path,
      { 'content-type': 'application/json', origin: this.hubUrl },
      JSON.stringify(body),
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(method: string, path: string, headers: Record<string, string>, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.hubUrl}${path}`,
        {
          method,
          agent: this.#agent,
          headers: { ...headers, cookie: this.cookie, 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const answer = Buffer.concat(parts).toString();
            if (response.statusCode === 200) resolve(answer);
            else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer.slice(0, 200)}`));
          });
        },
      );
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The hub had closed the kept connection at that moment; a browser asks again, too.
        if (sent.reusedSocket && error.code === 'ECONNRESET')
          this.#ask(method, path, headers, body).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });
  }
}

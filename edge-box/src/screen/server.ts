import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf } from '../log.ts';
import type { Log } from '../log.ts';
import { CommandRefused, commandSchema } from './commands.ts';
import type { Command, CommandAnswer } from './commands.ts';
import { loadPage } from './page-files.ts';
import type { ScreenState } from './state.ts';

const LOOPBACK = '127.0.0.1';
/** Only these names lead here honestly; another one is a foreign page that had its name point at this machine. */
const NAMES = ['127.0.0.1', 'localhost', '[::1]'];
const MAX_COMMAND_BYTES = 1024;
/** The box's own screen, and somebody who looks after it. */
const MAX_STREAMS = 8;
const HEARTBEAT_MS = 10_000;
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

export interface ScreenServerParts {
  /** 0: a free one. */
  port: number;
  /** @throws {CommandRefused} */
  obey(command: Command): Promise<CommandAnswer> | CommandAnswer;
  log: Log;
}

/** The page of the box's own display, on loopback only: the page, its state as server-sent events, and its buttons. */
export class ScreenServer {
  readonly #parts: ScreenServerParts;
  readonly #server: Server;
  readonly #files: ReturnType<typeof loadPage>;
  readonly #token = randomBytes(24).toString('base64url');
  readonly #streams = new Set<ServerResponse>();
  readonly #heartbeat: NodeJS.Timeout;
  #event = '';

  private constructor(parts: ScreenServerParts) {
    this.#parts = parts;
    this.#files = loadPage(this.#token);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        parts.log('error', 'screen: request failed', { reason: reasonOf(error) });
        if (!response.headersSent) refuse(response, 500, 'failed');
      });
    });
    this.#heartbeat = setInterval(() => this.#send(': here\n\n'), HEARTBEAT_MS);
  }

  /** @throws when the port is taken */
  static async start(parts: ScreenServerParts): Promise<ScreenServer> {
    const screen = new ScreenServer(parts);
    try {
      await new Promise<void>((resolve, reject) => {
        screen.#server.once('error', reject);
        screen.#server.listen(parts.port, LOOPBACK, resolve);
      });
    } catch (error) {
      clearInterval(screen.#heartbeat);
      throw error;
    }
    return screen;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Told to every open page, when it differs from what they were told last. */
  show(state: ScreenState): void {
    const event = `data: ${JSON.stringify(state)}\n\n`;
    if (event === this.#event) return;
    this.#event = event;
    this.#send(event);
  }

  #send(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const hosts = NAMES.map((name) => `${name}:${this.port}`);
    const { host = '', origin } = request.headers;
    if (!hosts.includes(host)) return refuse(response, 421, 'wrong-host');
    if (origin !== undefined && origin !== `http://${host}`) return refuse(response, 403, 'wrong-origin');
    const { url = '/', method } = request;
    if (url === '/command') {
      if (method !== 'POST') return refuse(response, 405, 'wrong-method');
      return this.#command(request, response);
    }
    if (method !== 'GET') return refuse(response, 405, 'wrong-method');
    if (url === '/state') return this.#stream(request, response);
    const file = this.#files.get(url);
    if (!file) return refuse(response, 404, 'not-found');
    response.writeHead(200, { 'content-type': file.type }).end(file.body);
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    if (this.#streams.size >= MAX_STREAMS) return refuse(response, 503, 'too-many');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`retry: 1000\n\n${this.#event}`);
    this.#streams.add(response);
    request.once('close', () => this.#streams.delete(response));
  }

  async #command(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#isOwnPage(request)) return refuse(response, 403, 'wrong-token');
    const text = await readBody(request);
    if (text === null) return refuse(response, 413, 'too-large');
    const parsed = commandSchema.safeParse(parseJson(text));
    if (!parsed.success) return refuse(response, 400, 'invalid');
    try {
      const answer = await this.#parts.obey(parsed.data);
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ok: true, ...answer }));
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
      refuse(response, 409, error.code);
    }
  }

  /** Browsers say where a request comes from; the token says that it was this very page. */
  #isOwnPage({ headers }: IncomingMessage): boolean {
    const given = Buffer.from(String(headers['x-screen-token'] ?? ''));
    const token = Buffer.from(this.#token);
    return headers.origin !== undefined && given.length === token.length && timingSafeEqual(given, token);
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: false, code }));
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_COMMAND_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

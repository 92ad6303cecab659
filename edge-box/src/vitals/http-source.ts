import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BoxClock } from '../clock.ts';
import { MessageIntake } from './message-intake.ts';
import { MAX_MESSAGE_BYTES } from './messages.ts';
import { ReconnectingSource, SourceError } from './reconnecting.ts';
import type { LinkEvents, SourceLink } from './reconnecting.ts';
import type { VitalsSink } from './source.ts';
import type { ConfigOf } from './source-config.ts';

const REQUEST_LIMIT_MS = 5_000;
const MAX_CONNECTIONS = 16;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A wearable or a gateway in the clinic's own network posts its messages: `POST /vitals`, bearer token, one message of messages.ts a request. */
export class HttpSource extends ReconnectingSource {
  readonly kind = 'http';
  readonly #config: ConfigOf<'http'>;
  /** Outlives connections: a message that is sent again after one is a doubled one. */
  readonly #intake: MessageIntake;
  readonly #tokenDigest: Buffer;
  #port: number | undefined;

  constructor(config: ConfigOf<'http'>, clock: BoxClock) {
    super(config.id);
    this.#config = config;
    this.#intake = new MessageIntake(clock);
    this.#tokenDigest = digest(config.token);
  }

  /** Where it listens; undefined while it does not. */
  get port(): number | undefined {
    return this.#port;
  }

  protected open({ sink, heard, ended }: LinkEvents): Promise<SourceLink> {
    const server = createServer((request, response) => {
      this.#answer(request, response, sink, heard).catch(() => {
        sink.rejected('garbage');
        request.destroy();
      });
    });
    server.requestTimeout = REQUEST_LIMIT_MS;
    server.headersTimeout = REQUEST_LIMIT_MS;
    server.maxConnections = MAX_CONNECTIONS;
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const failure = new SourceError(
          'refused',
          error.code === 'EADDRINUSE' ? 'port-in-use' : 'cannot-listen',
        );
        reject(failure);
        ended(failure);
      });
      server.listen(this.#config.port, this.#config.address, () => {
        this.#port = (server.address() as AddressInfo).port;
        resolve({
          close: () =>
            new Promise((done) => {
              this.#port = undefined;
              server.close(() => done());
              server.closeAllConnections();
            }),
        });
      });
    });
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    sink: VitalsSink,
    heard: () => void,
  ): Promise<void> {
    const answer = (status: number, headers: Record<string, string> = {}, error?: string): void => {
      response.writeHead(status, {
        ...headers,
        'content-type': 'application/json',
        connection: 'keep-alive',
      });
      response.end(error === undefined ? undefined : JSON.stringify({ error }));
    };
    if (request.url !== '/vitals') return answer(404, {}, 'not-found');
    if (request.method !== 'POST') return answer(405, { allow: 'POST' }, 'post-only');
    if (!this.#isAllowed(request)) return answer(401, { 'www-authenticate': 'Bearer' }, 'wrong-token');
    const body = await bodyOf(request);
    if (body === null) return answer(413, { connection: 'close' }, 'too-long');
    heard();
    const rejection = this.#intake.accept(body, sink);
    if (rejection === null) return answer(204);
    return answer(rejection === 'garbage' ? 400 : 422, {}, rejection);
  }

  #isAllowed(request: IncomingMessage): boolean {
    const given = /^Bearer ([\x21-\x7e]{1,256})$/.exec(request.headers.authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), this.#tokenDigest);
  }
}

/** The whole body; null when it is longer than any message. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_MESSAGE_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { HubError } from '../signaling/contract/index.ts';
import { TokenBucket } from '../signaling/server/token-bucket.ts';
import { problemOf, StreamProblem } from './problem.ts';
import type { StreamProtocol, Streams } from './streams.ts';

/** Ours: Chromium's offer of two tracks has 8 kB. */
const MAX_SDP_BYTES = 64 * 1024;
/** Per address. Ours: a client that trickles sends a few requests at its start, then none. */
const REQUESTS_PER_ADDRESS = { perSecond: 10, burst: 60 };
const ADDRESSES_KEPT = 10_000;

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

/** The token is the whole authority, no cookie is looked at: pages of other sites may ask, as RFC 9725, 4.2 wants. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Location, ETag, Link, Accept-Patch, Retry-After',
};

export interface IceServer {
  url: string;
  username?: string | undefined;
  credential?: string | undefined;
}

/** HTTP as RFC 9725 (WHIP) and draft-ietf-wish-whep have it, on top of `Streams`. */
export class StreamHttp {
  readonly #streams: Streams;
  readonly #links: string[];
  readonly #log: Logger;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor({ streams, iceServers, log }: { streams: Streams; iceServers: IceServer[]; log: Logger }) {
    this.#streams = streams;
    this.#links = iceServers.map(linkOf);
    this.#log = log;
  }

  /** `sessionId` is null for the endpoint itself. */
  async answer(
    protocol: StreamProtocol,
    request: Request,
    { sessionId, address }: { sessionId: string | null; address: string },
  ): Promise<Response> {
    try {
      const response =
        sessionId === null
          ? await this.#endpoint(protocol, request, address)
          : await this.#session(protocol, request, sessionId, address);
      for (const [name, value] of Object.entries(CORS)) response.headers.set(name, value);
      return response;
    } catch (error) {
      return this.#refusal(error, request);
    }
  }

  async #endpoint(protocol: StreamProtocol, request: Request, address: string): Promise<Response> {
    refuseOtherVerbs(request, ['POST']);
    if (request.method === 'OPTIONS') return options('POST', { 'accept-post': SDP });
    this.#payFor(address);
    refuseOtherTypes(request, SDP);
    if (!accepts(request, SDP)) throw new StreamProblem(406, `The answer is ${SDP}.`);
    const { id, answer, etag } = await this.#streams.open({
      protocol,
      token: tokenOf(request),
      address,
      sdp: () => readText(request),
      slot: new URL(request.url).searchParams.get('feed'),
    });
    const headers = new Headers({
      'content-type': SDP,
      location: `/${protocol}/${id}`,
      etag,
      'accept-patch': FRAGMENT,
      'cache-control': 'no-store',
    });
    for (const link of this.#links) headers.append('link', link);
    return new Response(answer, { status: 201, headers });
  }

  async #session(protocol: StreamProtocol, request: Request, id: string, address: string): Promise<Response> {
    refuseOtherVerbs(request, ['PATCH', 'DELETE']);
    if (request.method === 'OPTIONS') return options('PATCH, DELETE', { 'accept-patch': FRAGMENT });
    this.#payFor(address);
    if (request.method === 'DELETE') {
      await this.#streams.call({ act: 'delete', protocol, id, token: tokenOf(request) });
      return new Response(null, { status: 200 });
    }
    refuseOtherTypes(request, FRAGMENT);
    const { etag, restarted } = await this.#streams.call({
      act: 'patch',
      protocol,
      id,
      token: tokenOf(request),
      body: await readText(request),
      ifMatch: request.headers.get('if-match'),
    });
    if (restarted === null) return new Response(null, { status: 204, headers: { etag } });
    return new Response(restarted, { status: 200, headers: { 'content-type': FRAGMENT, etag } });
  }

  #payFor(address: string): void {
    const nowMs = performance.now();
    let bucket = this.#buckets.get(address);
    if (!bucket) {
      // The one that was made first is full again, most likely.
      const [oldest] = this.#buckets.keys();
      if (this.#buckets.size >= ADDRESSES_KEPT && oldest !== undefined) this.#buckets.delete(oldest);
      bucket = new TokenBucket(REQUESTS_PER_ADDRESS, nowMs);
      this.#buckets.set(address, bucket);
    }
    if (!bucket.take(nowMs)) throw new HubError('rate_limited');
  }

  #refusal(error: unknown, request: Request): Response {
    let problem = problemOf(error);
    if (!problem) {
      const reference = randomUUID().slice(0, 8);
      this.#log.error({ err: error, method: request.method, reference }, 'WHIP or WHEP request failed');
      problem = new StreamProblem(500, `The hub failed; the cause is in its log under ${reference}.`);
    }
    const { status, message, headers } = problem;
    const body = { type: 'about:blank', status, title: message };
    return new Response(JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/problem+json', ...CORS, ...headers },
    });
  }
}

function options(verbs: string, headers: Record<string, string>): Response {
  return new Response(null, {
    status: 200,
    headers: {
      'access-control-allow-methods': `${verbs}, OPTIONS`,
      'access-control-allow-headers': 'Authorization, Content-Type, If-Match',
      'access-control-max-age': '3600',
      ...headers,
    },
  });
}

function refuseOtherVerbs({ method }: Request, verbs: readonly string[]): void {
  if (method === 'OPTIONS' || verbs.includes(method)) return;
  throw new StreamProblem(405, `Here only ${verbs.join(' and ')} make sense.`, {
    allow: [...verbs, 'OPTIONS'].join(', '),
  });
}

function refuseOtherTypes(request: Request, type: string): void {
  const given = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (given !== type) {
    const name = type === SDP ? 'accept-post' : 'accept-patch';
    throw new StreamProblem(415, `The body must be ${type}.`, { [name]: type });
  }
}

function accepts(request: Request, type: string): boolean {
  const accept = request.headers.get('accept');
  if (!accept) return true;
  const wanted = accept.split(',').map((part) => part.split(';')[0]!.trim().toLowerCase());
  return wanted.some((each) => each === '*/*' || each === 'application/*' || each === type);
}

function tokenOf(request: Request): string {
  const token = /^Bearer +([A-Za-z0-9._~+/-]{1,256}=*)$/i.exec(
    request.headers.get('authorization') ?? '',
  )?.[1];
  if (!token) throw new StreamProblem(401, 'A bearer token is needed.', { 'www-authenticate': 'Bearer' });
  return token;
}

async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_SDP_BYTES) throw new HubError('message_too_large', 'the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function linkOf({ url, username, credential }: IceServer): string {
  const login =
    username === undefined
      ? ''
      : `; username="${username}"; credential="${credential}"; credential-type="password"`;
  return `<${url}>; rel="ice-server"${login}`;
}

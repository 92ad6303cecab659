import { hashOf } from '../identity/ids.ts';
import type { Identity } from '../identity/index.ts';
import { HubError } from '../signaling/contract/index.ts';
import { publishing, viewing } from './purposes.ts';
import { StreamProblem } from './problem.ts';
import { readFragment } from './sdp/fragment.ts';
import { readOffer } from './sdp/offer.ts';
import { StreamSession, type StreamParts } from './stream-session.ts';

/** WHIP brings streams in, WHEP takes them out. */
export type StreamProtocol = 'whip' | 'whep';

/** Ours: several times what a hub on two cores can carry. */
const MAX_SESSIONS = 500;
/** Ended sessions that are remembered. */
const MAX_REMEMBERED = 1000;
/** How long one node waits for another to answer for its session. */
const CALL_TIMEOUT_MS = 8000;

/** PATCH or DELETE, as it travels from the node that was asked to the one that has the session. */
export type SessionCall =
  | {
      act: 'patch';
      protocol: StreamProtocol;
      id: string;
      token: string;
      body: string;
      ifMatch: string | null;
    }
  | { act: 'delete'; protocol: StreamProtocol; id: string; token: string };

/** `problem` instead of an exception: the bus carries the contract's error codes only, not HTTP's. */
export type SessionReply =
  { etag: string; restarted: string | null } | { problem: { status: number; sentence: string } };

/** The WHIP and WHEP sessions of this node, and the way to those of others. */
export class Streams {
  readonly #parts: StreamParts;
  readonly #keys: Identity['streamKeys'];
  readonly #sessions = new Map<string, StreamSession>();
  readonly #byConnection = new Map<string, StreamSession>();
  /** Session → hash of its token: many clients hang up first and say DELETE afterwards, and deserve a yes. */
  readonly #remembered = new Map<string, string>();

  constructor(parts: StreamParts & { keys: Identity['streamKeys'] }) {
    this.#parts = parts;
    this.#keys = parts.keys;
    parts.bus.onConnectionNotice((connectionId, notice) =>
      this.#byConnection.get(connectionId)?.notified(notice),
    );
    parts.bus.serve('stream.call', (call) => this.#callHere(call as SessionCall));
  }

  /** @throws {StreamProblem | HubError} */
  async open(request: {
    protocol: StreamProtocol;
    token: string;
    address: string;
    sdp: () => Promise<string>;
    slot: string | null;
  }): Promise<{ id: string; answer: string; etag: string }> {
    const principal = await this.#keys.principalOf(request.token, { address: request.address });
    const needed = request.protocol === 'whip' ? 'publish' : 'view';
    if (principal.access !== needed) {
      throw new HubError('forbidden', `this token is not one to ${needed} with`);
    }
    if (this.#sessions.size >= MAX_SESSIONS) throw new HubError('room_full', 'too many streams on this node');
    const offer = readOffer(await request.sdp());
    const session = new StreamSession({
      parts: this.#parts,
      principal,
      tokenHash: hashOf(request.token),
      offer,
      purpose: needed === 'publish' ? publishing(offer, principal) : viewing(offer, request.slot),
      onEnd: () => {
        this.#sessions.delete(session.id);
        this.#remember(session);
        this.#byConnection.delete(session.connectionId);
      },
    });
    this.#sessions.set(session.id, session);
    this.#byConnection.set(session.connectionId, session);
    // From here on a revocation finds the session; this is for one since the token was looked up.
    const isGood = await this.#keys.isGood(principal.keyId).catch((error: unknown) => {
      void session.end('not opened');
      throw error;
    });
    if (!isGood) {
      await session.end('revoked');
      throw new HubError('unauthenticated', 'the token was revoked just now');
    }
    return { id: session.id, ...(await session.open()) };
  }

  /** @throws {StreamProblem | HubError} */
  async call(call: SessionCall): Promise<{ etag: string; restarted: string | null }> {
    const { bus } = this.#parts;
    const nodeId = /^([A-Za-z0-9_-]{4,40})\.[A-Za-z0-9_-]{32}$/.exec(call.id)?.[1];
    const isKnown = nodeId === bus.nodeId || (nodeId && (await bus.nodes.list()).includes(nodeId));
    if (!isKnown) throw noSuchSession();
    const reply =
      nodeId === bus.nodeId
        ? await this.#callHere(call)
        : ((await bus.request(nodeId!, 'stream.call', call, { timeoutMs: CALL_TIMEOUT_MS })) as SessionReply);
    if ('problem' in reply) throw new StreamProblem(reply.problem.status, reply.problem.sentence);
    return reply;
  }

  #remember({ id, tokenHash }: StreamSession): void {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(id, tokenHash);
  }

  async #callHere(call: SessionCall): Promise<SessionReply> {
    try {
      const session = this.#sessions.get(call.id);
      if (call.act === 'delete' && this.#remembered.get(call.id) === hashOf(call.token)) {
        return { etag: '', restarted: null };
      }
      if (!session || (session.principal.access === 'publish') !== (call.protocol === 'whip')) {
        throw noSuchSession();
      }
      if (session.tokenHash !== hashOf(call.token)) {
        throw new StreamProblem(403, 'This session was made with another token.');
      }
      if (call.act === 'patch') return await session.patch(readFragment(call.body), call.ifMatch);
      await session.end('deleted');
      return { etag: '', restarted: null };
    } catch (error) {
      if (!(error instanceof StreamProblem)) throw error;
      return { problem: { status: error.status, sentence: error.message } };
    }
  }

  /** Ends what runs with a key that was revoked. */
  disconnectPrincipal(principalId: string): void {
    for (const session of this.#sessions.values()) {
      if (session.principal.principalId === principalId) void session.end('revoked');
    }
  }

  /** Rooms that somebody streams to or from here. */
  roomIds(): string[] {
    return [...new Set([...this.#sessions.values()].map(({ roomId }) => roomId))];
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.end('hub stops')));
  }
}

const noSuchSession = (): StreamProblem =>
  new StreamProblem(404, 'There is no such session, or it has ended.');

import { randomBytes, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { StreamPrincipal } from '../identity/index.ts';
import type { Rooms } from '../rooms/index.ts';
import type { TransportDescription } from '../sfu/index.ts';
import type { Bus } from '../signaling/bus/index.ts';
import {
  REQUESTS,
  type Notice,
  type RequestInput,
  type ResponseData,
  type RoomEvent,
  type RoomRequestType,
} from '../signaling/contract/index.ts';
import { StreamProblem } from './problem.ts';
import { writeAnswer, writeRestartFragment, type AnsweredStream } from './sdp/answer.ts';
import type { IceFragment } from './sdp/fragment.ts';
import type { Offer } from './sdp/offer.ts';

/** How long a client may take from the answer to its first ICE check. Ours: minutes of DNS and gathering are not honest. */
const CONNECT_WITHIN_MS = 30_000;
/** What setTimeout can wait for. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface StreamParts {
  bus: Bus;
  rooms: Rooms;
  /** How long a session whose path is gone is kept for an ICE restart. */
  graceMs: number;
  log: Logger;
}

type Call = <T extends RoomRequestType>(
  type: T,
  data: Omit<RequestInput<T>, 'roomId'>,
) => Promise<ResponseData<T>>;

/** What a session is for: sets its streams up over a transport that is there. */
export interface StreamPurpose {
  direction: 'send' | 'receive';
  codecs?: RequestInput<'media.createTransport'>['codecs'];
  setUp(
    call: Call,
    transportId: string,
    joined: Extract<ResponseData<'room.join'>, { outcome: 'joined' }>,
  ): Promise<{
    streams: AnsweredStream[];
    /** Consumers without which the session is for nothing; none for a publisher. */
    consumerIds: string[];
  }>;
}

/**
 * One WHIP or WHEP session: a member of its room as long as it lives, by a connection of its own. It lives on the node
 * that answered the POST and speaks to the room's home as every socket does, so that the home's rules hold for it too.
 */
export class StreamSession {
  readonly id: string;
  readonly connectionId = `s_${randomUUID()}`;
  readonly principal: StreamPrincipal;
  readonly tokenHash: string;
  readonly #parts: StreamParts;
  readonly #offer: Offer;
  readonly #purpose: StreamPurpose;
  readonly #onEnd: () => void;
  #etag = newEntityTag();
  #ice: { username: string; password: string };
  #transport: TransportDescription | null = null;
  #joinedSeq = Infinity;
  readonly #earlyEvents: RoomEvent[] = [];
  #unwatch: (() => void) | null = null;
  #consumerIds: string[] = [];
  readonly #closedConsumerIds = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #expiryTimer: NodeJS.Timeout | undefined;
  #patches: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(options: {
    parts: StreamParts;
    principal: StreamPrincipal;
    tokenHash: string;
    offer: Offer;
    purpose: StreamPurpose;
    onEnd: () => void;
  }) {
    const { parts, principal, offer } = options;
    this.#parts = parts;
    this.principal = principal;
    this.tokenHash = options.tokenHash;
    this.#offer = offer;
    this.#purpose = options.purpose;
    this.#onEnd = options.onEnd;
    this.id = `${parts.bus.nodeId}.${randomBytes(24).toString('base64url')}`;
    this.#ice = { username: offer.iceUsername, password: offer.icePassword };
  }

  get ended(): boolean {
    return this.#ended;
  }

  get roomId(): string {
    return this.principal.roomId;
  }

  readonly #call: Call = async (type, data) => {
    const { principal, connectionId } = this;
    const parsed = REQUESTS[type].request.safeParse({ roomId: this.roomId, ...data });
    if (!parsed.success) {
      throw new StreamProblem(400, `${parsed.error.issues[0]?.message ?? 'The offer is not valid'}.`);
    }
    return (await this.#parts.rooms.dispatch({
      principal,
      connectionId,
      type,
      data: parsed.data,
    })) as never;
  };

  /** @throws {HubError | StreamProblem} and has left the room again */
  async open(): Promise<{ answer: string; etag: string }> {
    const opened = await this.#open().catch((error: unknown) => ({ error }));
    if (typeof opened === 'string' && !this.#ended) return { answer: opened, etag: this.#etag };
    const endedMeanwhile = !this.#close('not opened');
    // Also when it was ended meanwhile: that may have been before it was let in.
    await this.#leave();
    if (endedMeanwhile) throw new StreamProblem(409, 'The session was ended while it was being made.');
    throw (opened as { error: unknown }).error;
  }

  async #open(): Promise<string> {
    const { bus } = this.#parts;
    this.#unwatch = await bus.rooms.watch(this.roomId, {
      onEvent: (event) => this.#happened(event),
      onNotice: (notice) => this.notified(notice),
    });
    const joined = await this.#call('room.join', {});
    if (joined.outcome !== 'joined') throw new StreamProblem(403, 'The room does not let this device in.');
    this.#joinedSeq = joined.state.seq;
    for (const event of this.#earlyEvents.splice(0)) this.#happened(event);
    const transport = (await this.#call('media.createTransport', {
      direction: this.#purpose.direction,
      ...(this.#purpose.codecs ? { codecs: this.#purpose.codecs } : {}),
    })) as TransportDescription;
    this.#transport = transport;
    await this.#call('media.connectTransport', {
      transportId: transport.id,
      dtlsParameters: this.#offer.dtlsParameters,
    });
    const { streams, consumerIds } = await this.#purpose.setUp(this.#call, transport.id, joined);
    this.#consumerIds = consumerIds;
    this.#endWithItsConsumers();
    this.#endIn(CONNECT_WITHIN_MS, 'never connected');
    if (this.principal.access === 'view') this.#endAtExpiry();
    this.#parts.log.info({ roomId: this.roomId, principalId: this.principal.principalId }, 'stream opened');
    return writeAnswer({ offer: this.#offer, streams, transport });
  }

  /** A publisher's picture is not cut off for a date; a viewer's right to see ends with it. */
  #endAtExpiry(): void {
    const leftMs = Math.min(this.principal.expiresAtMs - Date.now(), LONGEST_TIMER_MS);
    this.#expiryTimer = setTimeout(() => {
      if (Date.now() < this.principal.expiresAtMs) this.#endAtExpiry();
      else void this.end('expired');
    }, leftMs);
    this.#expiryTimer.unref();
  }

  #endIn(ms: number, reason: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.end(reason), ms);
    this.#timer.unref();
  }

  /**
   * Trickle or ICE restart, one after the other.
   * @throws {StreamProblem | HubError}
   */
  patch(fragment: IceFragment, ifMatch: string | null): Promise<{ etag: string; restarted: string | null }> {
    const turn = this.#patches.then(() => this.#patch(fragment, ifMatch));
    this.#patches = turn.catch(() => undefined);
    return turn;
  }

  async #patch({ ice }: IceFragment, ifMatch: string | null) {
    if (this.#ended || !this.#transport) throw new StreamProblem(404, 'This session has ended.');
    const isOfThisSession =
      !ice || (ice.username === this.#ice.username && ice.password === this.#ice.password);
    // Players of the time before WHEP had entity-tags trickle without one.
    const isOldPlayer = ifMatch === null && isOfThisSession && this.principal.access === 'view';
    if (!isOldPlayer) this.#refuseOtherTag(ifMatch);
    // The hub is ICE-lite: it answers whoever calls, and calls nobody. What trickles in needs no more than a yes.
    if (isOfThisSession) return { etag: this.#etag, restarted: null };
    const { iceParameters } = await this.#call('media.restartIce', { transportId: this.#transport.id });
    this.#ice = ice;
    this.#etag = newEntityTag();
    const restarted = writeRestartFragment({
      iceParameters: iceParameters as unknown as TransportDescription['iceParameters'],
      iceCandidates: this.#transport.iceCandidates,
      section: this.#offer.sections[0]!,
    });
    return { etag: this.#etag, restarted };
  }

  #refuseOtherTag(ifMatch: string | null): void {
    if (ifMatch === null) throw new StreamProblem(428, 'Name the ICE session by If-Match.');
    if (ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === this.#etag)) return;
    throw new StreamProblem(412, 'This is of an ICE session that is over.');
  }

  /** What the home tells this connection, or everybody in the room. */
  notified(notice: Notice): void {
    switch (notice.type) {
      case 'room.dismissed':
        if (notice.data.roomId === this.roomId) this.#close(notice.data.reason);
        return;
      case 'media.reset':
        if (notice.data.roomId === this.roomId) void this.end('media lost');
        return;
      case 'media.consumerClosed':
        this.#closedConsumerIds.add(notice.data.consumerId);
        this.#endWithItsConsumers();
        return;
      case 'media.transportState': {
        const { transportId, state } = notice.data;
        if (transportId !== this.#transport?.id) return;
        if (state === 'connected') clearTimeout(this.#timer);
        if (state === 'disconnected') this.#endIn(this.#parts.graceMs, 'path lost');
        if (state === 'closed') void this.end('closed by the client');
        return;
      }
    }
  }

  /** What a viewer looked at is gone: the end tells it to ask for what there is now. */
  #endWithItsConsumers(): void {
    const isEmpty = this.#consumerIds.every((consumerId) => this.#closedConsumerIds.has(consumerId));
    if (isEmpty && this.#consumerIds.length > 0) void this.end('nothing left to see');
  }

  #happened(event: RoomEvent): void {
    if (this.#joinedSeq === Infinity) {
      this.#earlyEvents.push(event);
      return;
    }
    if (event.seq <= this.#joinedSeq) return;
    if (event.type === 'room.ended') this.#close('room ended');
    if (event.type === 'room.rehomed') void this.end('media lost');
    if (event.type === 'member.left' && event.data.memberId === this.principal.principalId) {
      this.#close(event.data.reason);
    }
  }

  /** Leaves the room. Never throws: a home that cannot be reached is told until it hears. */
  async end(reason: string): Promise<void> {
    if (this.#close(reason)) await this.#leave();
  }

  async #leave(): Promise<void> {
    try {
      await this.#call('room.leave', {});
    } catch {
      const origin = { nodeId: this.#parts.bus.nodeId, connectionId: this.connectionId };
      this.#parts.rooms.connectionClosed([this.roomId], origin).catch((error: unknown) => {
        this.#parts.log.warn({ roomId: this.roomId, err: error }, 'room not told of a closed stream');
      });
    }
  }

  /** For a session that has no place in the room any more. */
  #close(reason: string): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#expiryTimer);
    this.#unwatch?.();
    this.#onEnd();
    this.#parts.log.info(
      { roomId: this.roomId, principalId: this.principal.principalId, reason },
      'stream closed',
    );
    return true;
  }
}

const newEntityTag = (): string => `"${randomBytes(9).toString('base64url')}"`;

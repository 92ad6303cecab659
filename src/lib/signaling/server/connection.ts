import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Socket } from 'socket.io';
import type { Principal } from '../../identity/principal.ts';
import {
  ERRORS,
  HubError,
  NOTICE_CHANNEL,
  type Ack,
  type Notice,
  type RequestType,
} from '../contract/index.ts';
import type { Bus } from '../bus/index.ts';
import { isCostlyPacket } from './costly-packet.ts';
import { ConnectionLimits } from './limits.ts';
import { parseRequest, type ParsedRequest } from './receive.ts';
import { RoomFeed } from './room-feed.ts';

export interface Call {
  principal: Principal;
  connectionId: string;
  type: RequestType;
  data: unknown;
}

type Dispatch = (call: Call) => Promise<unknown>;
type Answer = (ack: Ack<unknown>) => void;
/** Tells the homes of these rooms that the connection is gone. */
type TellGone = (connection: Connection, roomIds: string[]) => void;

/** An authenticated socket: takes requests in, hands events and notices out. */
export class Connection {
  readonly id = `c_${randomUUID()}`;
  readonly principal: Principal;
  readonly #socket: Socket;
  readonly #bus: Bus;
  readonly #dispatch: Dispatch;
  readonly #tellGone: TellGone;
  readonly #log: Logger;
  readonly #limits = new ConnectionLimits(performance.now());
  readonly #feeds = new Map<string, RoomFeed>();
  /** Rooms whose home has heard of this connection, joined or knocking. */
  readonly #roomIds = new Set<string>();

  constructor(
    socket: Socket,
    principal: Principal,
    hub: { bus: Bus; dispatch: Dispatch; tellGone: TellGone; log: Logger },
  ) {
    this.#socket = socket;
    this.principal = principal;
    this.#bus = hub.bus;
    this.#dispatch = hub.dispatch;
    this.#tellGone = hub.tellGone;
    this.#log = hub.log;
    socket.once('disconnect', () => {
      this.close();
      this.#tellGone(this, [...this.#roomIds]);
    });
    socket.conn.on('packet', ({ data }: { data?: unknown }) => {
      if (isCostlyPacket(data) && this.#limits.costly(performance.now()))
        this.#endForAbuse('too large or too deep');
    });
    socket.onAny((type: unknown, ...rest: unknown[]) => void this.#received(type, rest));
  }

  /** Rooms that it is in, or waits before. */
  get roomIds(): string[] {
    return [...this.#roomIds];
  }

  /** What authenticated it, unless that was a token. */
  get cookie(): string | undefined {
    return this.#socket.handshake.headers.cookie;
  }

  notify(notice: Notice): void {
    if (notice.type === 'room.dismissed') this.#endFeed(notice.data.roomId);
    this.#socket.emit(NOTICE_CHANNEL, notice);
  }

  close(): void {
    for (const roomId of this.#feeds.keys()) this.#endFeed(roomId);
    this.#socket.disconnect(true);
  }

  async #received(type: unknown, rest: unknown[]): Promise<void> {
    const answer = typeof rest.at(-1) === 'function' ? (rest.at(-1) as Answer) : null;
    const payloads = answer ? rest.slice(0, -1) : rest;
    const nowMs = performance.now();
    try {
      if (!answer || payloads.length !== 1) {
        throw new HubError('invalid_message', 'a request is one payload and one acknowledgement');
      }
      const request = parseRequest(String(type), payloads[0], {
        principal: this.principal,
        limits: this.#limits,
        nowMs,
      });
      await this.#handle(request, answer);
    } catch (error) {
      const { code, message } = this.#asHubError(error, String(type));
      answer?.({ ok: false, error: { code, message } });
      if (this.#limits.refused(nowMs)) this.#endForAbuse('too many refused messages');
    }
  }

  #endForAbuse(reason: string): void {
    if (!this.#socket.connected) return;
    const { principalId } = this.principal;
    this.#log.warn({ connectionId: this.id, principalId, reason }, 'connection ended');
    this.close();
  }

  async #handle({ type, data }: ParsedRequest, answer: Answer): Promise<void> {
    const call: Call = { principal: this.principal, connectionId: this.id, type, data };
    if (type === 'room.join') return this.#join(call, answer);
    const result = await this.#dispatch(call);
    if (type === 'room.leave' || type === 'room.withdraw') {
      const { roomId } = data as { roomId: string };
      this.#endFeed(roomId);
      this.#roomIds.delete(roomId);
    }
    answer({ ok: true, data: result });
  }

  async #join(call: Call, answer: Answer): Promise<void> {
    const { roomId } = call.data as { roomId: string };
    const feed = new RoomFeed(this.#socket);
    try {
      if (!this.#bus.ready) throw new HubError('unavailable');
      await feed.listen(this.#bus, roomId);
      if (!this.#socket.connected) throw new HubError('unavailable', 'the connection closed');
      this.#roomIds.add(roomId);
      const result = (await this.#dispatch(call)) as
        { outcome: 'joined'; state: { seq: number } } | { outcome: 'waiting' };
      // Gone while it was let in: the home may have heard so before it had the member, which would stay for ever.
      if (!this.#socket.connected) throw new HubError('unavailable', 'the connection closed');
      answer({ ok: true, data: result });
      if (result.outcome === 'waiting') return feed.stop();
      this.#endFeed(roomId);
      this.#feeds.set(roomId, feed);
      feed.release(result.state.seq);
    } catch (error) {
      feed.stop();
      // The socket went while the home was asked, and its answer is not known: the home may have let it in.
      if (!this.#socket.connected) this.#tellGone(this, [roomId]);
      // Refused for good, so this connection has no place there; after anything else it may have one.
      if (error instanceof HubError && !ERRORS[error.code].retry && error.code !== 'internal') {
        this.#endFeed(roomId);
        this.#roomIds.delete(roomId);
      }
      throw error;
    }
  }

  #endFeed(roomId: string): void {
    this.#feeds.get(roomId)?.stop();
    this.#feeds.delete(roomId);
  }

  /** What is no HubError is our fault: the person gets a reference, the log the cause. */
  #asHubError(error: unknown, type: string): HubError {
    if (error instanceof HubError) return error;
    const reference = randomUUID().slice(0, 8);
    this.#log.error({ err: error, type, reference }, 'request failed');
    return new HubError('internal', `reference ${reference}`);
  }
}

import { io, type Socket } from 'socket.io-client';
import {
  ERRORS,
  EVENT_CHANNEL,
  HubError,
  NOTICE_CHANNEL,
  SOCKET_PATH,
  type Ack,
  type ErrorCode,
  type Notice,
  type NoticeData,
  type NoticeType,
  type RequestInput,
  type RequestType,
  type ResponseData,
  type RoomEvent,
} from '../contract/index.ts';
import { HubClock } from './hub-clock.ts';
import { nowMs } from './now.ts';
import { RoomLink } from './room-link.ts';

export type SignalingStatus = 'connecting' | 'online' | 'offline' | 'refused';

export interface SignalingOptions {
  /** The hub's address; a browser's own origin when absent. */
  url?: string;
  /** A box's token, asked for anew at every connection; browsers have their cookie. */
  token?: () => Promise<string>;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** After the hub itself ended or refused the connection; doubled from try to try. */
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 16_000;
const CLOCK_BURST = 5;
const CLOCK_EVERY_MS = 10_000;

/**
 * The typed connection of a browser or a box to the hub. It comes back by itself for ever, unless the hub says that
 * it does not know who we are (`refused`).
 */
export class SignalingClient {
  readonly clock = new HubClock();
  readonly #socket: Socket;
  #status: SignalingStatus = 'connecting';
  readonly #statusListeners = new Set<(status: SignalingStatus) => void>();
  readonly #noticeListeners = new Map<NoticeType, Set<(data: never) => void>>();
  readonly #eventListeners = new Set<(event: RoomEvent) => void>();
  readonly #clockTimer: ReturnType<typeof setInterval>;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #refusals = 0;

  constructor(options: SignalingOptions = {}) {
    const { token } = options;
    const settings = {
      path: SOCKET_PATH,
      // A WebSocket at once; polling is for networks that break it.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      withCredentials: true,
      reconnectionDelay: 200,
      reconnectionDelayMax: 2000,
      randomizationFactor: 0.5,
      timeout: 5000,
      ...(token && {
        auth: (give: (credentials: object) => void) => {
          token()
            .then((value) => give({ token: value }))
            // Without a token the hub refuses; the next try asks for one again.
            .catch(() => give({}));
        },
      }),
    };
    this.#socket = options.url ? io(options.url, settings) : io(settings);
    this.#socket.on('connect', () => this.#connected());
    this.#socket.on('disconnect', (reason) => {
      this.#setStatus('offline');
      // The hub ended it: socket.io leaves it to us to come back.
      if (reason === 'io server disconnect') this.#connectLater();
    });
    this.#socket.on('connect_error', (error: Error & { data?: { code?: ErrorCode } }) => {
      const code = error.data?.code;
      if (code === undefined) return this.#setStatus('offline');
      // Refused by the hub, not by the network; socket.io does not try again after that.
      const final = !token && !ERRORS[code].retry;
      this.#setStatus(final ? 'refused' : 'offline');
      if (!final) this.#connectLater();
    });
    this.#socket.on(EVENT_CHANNEL, (event: RoomEvent) => {
      for (const listener of this.#eventListeners) listener(event);
    });
    this.#socket.on(NOTICE_CHANNEL, (notice: Notice) => {
      for (const listener of this.#noticeListeners.get(notice.type) ?? []) listener(notice.data as never);
    });
    this.#clockTimer = setInterval(() => void this.#syncClock(), CLOCK_EVERY_MS);
  }

  get status(): SignalingStatus {
    return this.#status;
  }

  /** Calls back at every change, and once with the present status. Answers how to stop. */
  onStatus(listener: (status: SignalingStatus) => void): () => void {
    this.#statusListeners.add(listener);
    listener(this.#status);
    return () => this.#statusListeners.delete(listener);
  }

  onNotice<T extends NoticeType>(type: T, listener: (data: NoticeData<T>) => void): () => void {
    let listeners = this.#noticeListeners.get(type);
    if (!listeners) this.#noticeListeners.set(type, (listeners = new Set()));
    listeners.add(listener as (data: never) => void);
    return () => listeners.delete(listener as (data: never) => void);
  }

  onRoomEvent(listener: (event: RoomEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /**
   * Sends one request. It is never queued while offline: only the sender knows whether it is still meant then.
   * @throws {HubError} the hub's code; `unavailable` when offline; `timeout` when no answer came, in which case it is
   *   not known whether the request was carried out.
   */
  async request<T extends RequestType>(
    type: T,
    data: RequestInput<T>,
    { timeoutMs = REQUEST_TIMEOUT_MS }: { timeoutMs?: number } = {},
  ): Promise<ResponseData<T>> {
    if (!this.#socket.connected) throw new HubError('unavailable', 'not connected');
    let ack: Ack<ResponseData<T>>;
    try {
      ack = (await this.#socket.timeout(timeoutMs).emitWithAck(type, data)) as Ack<ResponseData<T>>;
    } catch (cause) {
      throw new HubError('timeout', undefined, { cause });
    }
    if (!ack.ok) throw new HubError(ack.error.code, ack.error.message);
    return ack.data;
  }

  /** Enters a room and keeps it up to date over drops. */
  joinRoom(roomId: string, options: { mediaSessionId?: () => string | undefined } = {}): RoomLink {
    return new RoomLink(this, roomId, options.mediaSessionId ?? (() => undefined));
  }

  /**
   * A box with several carriers: from now on connects from this address of its own (null: as the system's routes say), and does so at once: by a
   * carrier that is silent it would be missed after many seconds only. Browsers choose by themselves.
   */
  connectFrom(localAddress: string | null): void {
    const { io: manager } = this.#socket;
    // engine.io hands it on to the socket, though its types do not say so.
    Object.assign(manager.opts, { localAddress: localAddress ?? undefined });
    // It comes back by itself, as after any drop.
    manager.engine?.close();
  }

  close(): void {
    clearInterval(this.#clockTimer);
    clearTimeout(this.#retryTimer);
    this.#socket.disconnect();
    this.#statusListeners.clear();
    this.#noticeListeners.clear();
    this.#eventListeners.clear();
  }

  /** With jitter, so that a hub that comes back does not meet everybody at once. */
  #connectLater(): void {
    clearTimeout(this.#retryTimer);
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** this.#refusals++, MAX_RETRY_MS) * (0.5 + Math.random() / 2);
    this.#retryTimer = setTimeout(() => this.#socket.connect(), waitMs);
  }

  #connected(): void {
    this.#refusals = 0;
    this.clock.reset();
    // The clock first: whoever enters a room wants to age pictures at once.
    void this.#syncClock(CLOCK_BURST);
    this.#setStatus('online');
  }

  async #syncClock(times = 1): Promise<void> {
    for (let count = 0; count < times && this.#socket.connected; count++) {
      const clientMs = nowMs();
      try {
        const { hubMs } = await this.request('clock.sync', { clientMs }, { timeoutMs: 2000 });
        this.clock.add(clientMs, hubMs, nowMs());
      } catch {
        return; // The next round will do.
      }
    }
  }

  #setStatus(status: SignalingStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of [...this.#statusListeners]) listener(status);
  }
}

import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client';
import type {
  NoticeData,
  NoticeType,
  RequestInput,
  RequestType,
  ResponseData,
  RoomEvent,
  RoomRequestType,
  RoomState,
  WireError,
} from '../contract/index.ts';

/** `refused`: the hub does not know who we are; `reauthenticate()` after logging in again. */
export type ConnectionStatus = 'connecting' | 'online' | 'offline' | 'refused';
export type Unsubscribe = () => void;
export type JoinResponse = ResponseData<'room.join'>;
export type JoinedResponse = Extract<JoinResponse, { outcome: 'joined' }>;

export interface ClientOptions {
  /** The hub's address; in a browser the page's own by default. */
  url?: string;
  /** A box's token, asked for anew at every connection. A browser has its cookie. */
  token?: () => Promise<string>;
  /** Opens the socket; for tests, and for an agent that needs own TLS settings. */
  clientFactory?: (url: string | undefined, options: Partial<ManagerOptions & SocketOptions>) => Socket;
}

export interface RequestOptions {
  timeoutMs?: number;
}

export interface ClockSync {
  /** What to add to `nowMs()` of this machine to get hub time. */
  readonly offsetMs: number;
  /** Of the best recent sample; the offset is true within half of it. Null before the first answer. */
  readonly rttMs: number | null;
  hubNowMs(): number;
  /** After each round of samples. */
  onSync(listener: (offsetMs: number) => void): Unsubscribe;
}

export type RoomPhase =
  | { name: 'joining' }
  /** In the lobby. */
  | { name: 'waiting'; memberId: string }
  | { name: 'joined' }
  /** The host said no. */
  | { name: 'refused' }
  | { name: 'dismissed'; reason: 'removed' | 'replaced' }
  | { name: 'ended' }
  | { name: 'failed'; error: WireError }
  | { name: 'left' };

export interface RoomLink {
  readonly roomId: string;
  readonly phase: RoomPhase;
  readonly state: RoomState | null;
  onPhase(listener: (phase: RoomPhase) => void): Unsubscribe;
  /** Every new state, with the event that made it, or null when it came as a whole. */
  onState(listener: (state: RoomState, event: RoomEvent | null) => void): Unsubscribe;
  /** On every join, the first one and those after a reconnection. */
  onJoined(listener: (response: JoinedResponse) => void): Unsubscribe;
  request<T extends RoomRequestType>(
    type: T,
    data: Omit<RequestInput<T>, 'roomId'>,
    options?: RequestOptions,
  ): Promise<ResponseData<T>>;
  /** Joins again, e.g. after `replaced`, or when the media must be rebuilt from the ground. */
  rejoin(): void;
  leave(): Promise<void>;
}

export interface SignalingClient {
  readonly status: ConnectionStatus;
  readonly clock: ClockSync;
  onStatus(listener: (status: ConnectionStatus) => void): Unsubscribe;
  onNotice<T extends NoticeType>(type: T, listener: (data: NoticeData<T>) => void): Unsubscribe;
  /** @throws {HubError} the hub's refusal, `timeout`, or `unavailable` while there is no connection. */
  request<T extends RequestType>(
    type: T,
    data: RequestInput<T>,
    options?: RequestOptions,
  ): Promise<ResponseData<T>>;
  joinRoom(roomId: string, options?: { mediaSessionId?: () => string | undefined }): RoomLink;
  /** Tries again after `refused`. */
  reauthenticate(): void;
  close(): void;
}

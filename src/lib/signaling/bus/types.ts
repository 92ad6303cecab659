import type { Notice, RoomEvent, RoomEventData, RoomEventType, RoomState } from '../contract/index.ts';

/** The right to change a room, until it is lost; `epoch` fences out whoever held it before. */
export interface Lease {
  readonly roomId: string;
  readonly nodeId: string;
  readonly epoch: number;
}

/** A room event as its home numbers it, before it travels. */
export type NumberedHappening = {
  [T in RoomEventType]: { seq: number; atMs: number; type: T; data: RoomEventData<T> };
}[RoomEventType];

export interface Leases {
  /** Takes the room if nobody holds it, or if this node (by name) held it before a restart; at the next epoch. */
  claim(roomId: string): Promise<{ lease: Lease } | { heldBy: { nodeId: string; epoch: number } }>;
  release(lease: Lease): Promise<void>;
  holder(roomId: string): Promise<{ nodeId: string; epoch: number } | null>;
  onLost(listener: (lease: Lease) => void): void;
}

export interface RoomLog {
  /**
   * Logs and publishes one event in one round trip, if the lease still holds. Resolves only when it is in the log.
   * While Redis is away it tries again until it is back; the same event twice is one event.
   * @throws {HubError} `conflict` when fenced out, `unavailable` when the bus is closed.
   */
  append(lease: Lease, event: NumberedHappening): Promise<void>;
  /** Events behind a number, in order; `trimmed` when the log no longer reaches back that far. */
  readSince(roomId: string, seq: number): Promise<RoomEvent[] | 'trimmed'>;
  /** Drops the events below a number. */
  trim(lease: Lease, belowSeq: number): Promise<void>;
  saveSnapshot(lease: Lease, state: RoomState): Promise<void>;
  loadSnapshot(roomId: string): Promise<RoomState | null>;
}

export interface RoomWatcher {
  onEvent(event: RoomEvent): void;
  onNotice(notice: Notice): void;
}

export interface ConnectionAddress {
  nodeId: string;
  connectionId: string;
}

export interface Bus {
  readonly nodeId: string;
  /** False while Redis is away. */
  readonly ready: boolean;
  onReadyChange(listener: (ready: boolean) => void): void;
  readonly leases: Leases;
  readonly log: RoomLog;
  readonly rooms: {
    /**
     * Every event of the room from now on, in order, none missing and none twice, over drops of Redis as well; notices
     * as long as Redis is there. Resolves when it listens.
     */
    watch(roomId: string, watcher: RoomWatcher): Promise<() => void>;
  };
  notifyRoom(roomId: string, notice: Notice): void;
  notifyPrincipal(principalId: string, notice: Notice): void;
  notifyConnection(address: ConnectionAddress, notice: Notice): void;
  onConnectionNotice(listener: (connectionId: string, notice: Notice) => void): void;
  onPrincipalNotice(listener: (principalId: string, notice: Notice) => void): void;
  /** @throws {HubError} what the other node's handler threw, or `timeout`, `unavailable`. */
  request(nodeId: string, method: string, payload: unknown, options: { timeoutMs: number }): Promise<unknown>;
  serve(method: string, handler: (payload: unknown) => Promise<unknown>): void;
  readonly nodes: {
    list(): Promise<string[]>;
    /** A node that did not say goodbye and is silent for longer than the lease. */
    onGone(listener: (nodeId: string) => void): void;
  };
  close(): Promise<void>;
}

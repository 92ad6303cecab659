import type { Logger } from 'pino';
import type { Notice, RoomEvent, RoomState } from '../contract/index.ts';

export interface BusOptions {
  redisUrl: string;
  /** Stable over restarts of the same node, so that it takes its own leases over at once. */
  nodeId: string;
  log: Logger;
  /** How long a home may be silent before another node may take its rooms. */
  leaseTtlMs?: number;
}

/** The right to be a room's home. `epoch` counts homes and fences: whoever shows an older one is refused. */
export interface Lease {
  readonly roomId: string;
  readonly nodeId: string;
  readonly epoch: number;
}

export interface Holder {
  nodeId: string;
  epoch: number;
}

export type Claim = { lease: Lease; heldBy?: undefined } | { lease?: undefined; heldBy: Holder };

/** What the home hands in to be logged; the lease says room and epoch. */
export type EventDraft = RoomEvent extends infer E
  ? E extends RoomEvent
    ? Omit<E, 'roomId' | 'epoch'>
    : never
  : never;

/** Names one socket at one node. */
export interface ConnectionAddress {
  nodeId: string;
  connectionId: string;
}

export type Unsubscribe = () => void;

export interface Leases {
  /**
   * Makes this node the room's home unless another node is. A lease that this very node held before its restart is
   * taken over at the next epoch.
   * @throws {HubError} `unavailable` while Redis is away.
   */
  claim(roomId: string): Promise<Claim>;
  /** Gives the room up, so that the next home need not wait for the lease to run out. Never throws. */
  release(lease: Lease): Promise<void>;
  /** Redis has said that the lease is no longer ours. Silence of Redis is not loss. */
  onLost(listener: (lease: Lease) => void): Unsubscribe;
  /** @throws {HubError} `unavailable` while Redis is away. */
  holder(roomId: string): Promise<Holder | null>;
}

export interface RoomLog {
  /**
   * Logs and publishes one event in one round trip. While Redis is away it keeps trying; an append whose outcome
   * stayed unknown is settled by the next try. Appends of one room must be made in the order of `seq`.
   * @throws {HubError} `conflict` when the lease is not ours any more or the number is taken or skipped;
   * `unavailable` only after the bus was closed.
   */
  append(lease: Lease, draft: EventDraft): Promise<void>;
  /** All events after `seq`, or `trimmed` when the log no longer reaches back that far. */
  readSince(roomId: string, seq: number): Promise<RoomEvent[] | 'trimmed'>;
  /** Drops events below `belowSeq`; to be called after a snapshot that contains them. */
  trim(lease: Lease, belowSeq: number): Promise<void>;
  saveSnapshot(lease: Lease, state: RoomState): Promise<void>;
  loadSnapshot(roomId: string): Promise<RoomState | null>;
  /** Drops log and snapshot of a room that is over. The epoch stays, so that a stale home stays fenced out. */
  forget(lease: Lease): Promise<void>;
}

export interface RoomWatcher {
  /** Every event after the watch began, in order, each once, also over outages of Redis. */
  onEvent(event: RoomEvent): void;
  /** Best effort: notices of an outage are gone. */
  onNotice(notice: Notice): void;
  /** The log was trimmed over a gap that this watcher has: from here on it must take the room's state anew. */
  onGap?(): void;
}

export interface Rooms {
  /** @throws {HubError} `unavailable` while Redis is away. */
  watch(roomId: string, watcher: RoomWatcher): Promise<Unsubscribe>;
}

export interface NodeInfo {
  nodeId: string;
  startedAtMs: number;
  lastSeenMs: number;
}

export interface Nodes {
  list(): Promise<NodeInfo[]>;
  /** Another node was seen before and has stopped its heartbeat. */
  onGone(listener: (nodeId: string) => void): Unsubscribe;
}

export type NodeMethod = (payload: unknown, from: { nodeId: string }) => Promise<unknown>;

export interface Bus {
  readonly nodeId: string;
  /** True while both connections to Redis stand. */
  readonly ready: boolean;
  onReadyChange(listener: (ready: boolean) => void): Unsubscribe;
  readonly leases: Leases;
  readonly log: RoomLog;
  readonly rooms: Rooms;
  readonly nodes: Nodes;
  /** Notices are fire and forget: lost while Redis is away, never waited for. */
  notifyRoom(roomId: string, notice: Notice): void;
  /** To every connection of a principal, at whatever node. */
  notifyPrincipal(principalId: string, notice: Notice): void;
  notifyConnection(address: ConnectionAddress, notice: Notice): void;
  onPrincipalNotice(listener: (principalId: string, notice: Notice) => void): Unsubscribe;
  onConnectionNotice(listener: (connectionId: string, notice: Notice) => void): Unsubscribe;
  /**
   * Calls a method that another node serves; its HubErrors come back as they were thrown there. The own node is
   * called directly.
   * @throws {HubError} `timeout`; `unavailable` when Redis is away or no node of this name listens.
   */
  request(
    nodeId: string,
    method: string,
    payload: unknown,
    options?: { timeoutMs?: number },
  ): Promise<unknown>;
  serve(method: string, handler: NodeMethod): void;
  /** Releases all leases and leaves. */
  close(): Promise<void>;
}

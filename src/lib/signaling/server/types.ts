import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Logger } from 'pino';
import type { Principal } from '../../identity/principal.ts';
import type { Bus } from '../bus/index.ts';
import type { LimitClass, RequestType } from '../contract/index.ts';

/** What a connection brings along before it has said anything. */
export interface Handshake {
  cookie?: string;
  token?: string;
  origin?: string;
  host?: string;
  address: string;
}

export interface Call {
  principal: Principal;
  connectionId: string;
  type: RequestType;
  /** Parsed by the contract's schema for `type`. */
  data: unknown;
}

export interface Disconnection {
  principal: Principal;
  connectionId: string;
  /** Rooms whose events this connection was following. */
  roomIds: string[];
}

export interface BucketSize {
  perSecond: number;
  burst: number;
}

export interface Limits {
  buckets: Record<LimitClass, BucketSize>;
  /** A connection that is refused more often than this within `abuseWindowMs` is cut. */
  abuseRefusals: number;
  abuseWindowMs: number;
}

export interface SignalingOptions {
  httpServer: HttpServer | HttpsServer;
  bus: Bus;
  authenticate(handshake: Handshake): Promise<Principal | null>;
  dispatch(call: Call): Promise<unknown>;
  onDisconnect(disconnection: Disconnection): void;
  log: Logger;
  limits?: Partial<Limits>;
}

export interface SignalingServer {
  close(): Promise<void>;
  connectionsOf(principalId: string): string[];
  /** After a logout or a revocation: nothing of this principal stays connected to this node. */
  disconnectPrincipal(principalId: string): void;
}

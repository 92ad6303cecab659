import { SignalingClient, type SignalingOptions } from './signaling-client.ts';

export type { Joined, LinkPhase, PhaseDetail, RoomLink } from './room-link.ts';
export type { SignalingClient, SignalingOptions, SignalingStatus } from './signaling-client.ts';

/** Opens the connection; it is there, or comes, or is refused: see `status`. */
export function connectSignaling(options?: SignalingOptions): SignalingClient {
  return new SignalingClient(options);
}

import type { MediaSignals } from '../engine/engine.ts';

/** The box's line to the hub as the agent needs it; `hub-uplink.ts` speaks the hub's contract behind it. */
export interface Uplink {
  /** Connects, and from then on connects again by itself, for ever. */
  start(events: UplinkEvents): void;
  /** Enters the room and stays in it over drops, until `close`. */
  joinRoom(roomId: string, events: RoomEvents): UplinkRoom;
  /** The hub's time now; null until it is known. */
  hubNowMs(): number | null;
  close(): Promise<void>;
}

export interface UplinkEvents {
  /** The room this box is to serve; told after each connection, and when it changes. */
  assigned(roomId: string | null): void;
}

export interface RoomEvents {
  /** In the room, again or for the first time. `mediaKept`: what was published before still stands. */
  joined(mediaKept: boolean): void;
  /** Out of the room for good: removed, ended, or replaced by another connection of this box. */
  dismissed(reason: string): void;
}

export interface UplinkRoom {
  readonly signals: MediaSignals;
  close(): void;
}

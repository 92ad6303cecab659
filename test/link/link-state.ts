/** What one direction of a link does to packets. */
export interface DirectionState {
  delayMs: number;
  /** A packet takes up to this much longer, evenly spread. */
  jitterMs: number;
  /** Whether jitter may let one packet overtake another; links hardly do. */
  reorders: boolean;
  /** Part of the packets lost, each by itself. */
  lossPart: number;
  burst: LossBurst | null;
  /** Rate of the bottleneck; 0 holds everything, as a handover does. */
  capKbps: number;
  /** A packet that would wait longer than this before the bottleneck is dropped. */
  queueMs: number;
  /** Nothing passes. */
  down: boolean;
}

/** Gilbert–Elliott: a second state that packets enter and leave by chance, in which they are lost more often. */
export interface LossBurst {
  enterPart: number;
  leavePart: number;
  lossPart: number;
}

export interface LinkState {
  up: DirectionState;
  down: DirectionState;
}

export const CLEAN: DirectionState = {
  delayMs: 0,
  jitterMs: 0,
  reorders: false,
  lossPart: 0,
  burst: null,
  capKbps: Infinity,
  queueMs: 400,
  down: false,
};

/** A link from what differs from a clean one: in both directions, then in one. */
export function linkState(
  both: Partial<DirectionState> = {},
  up: Partial<DirectionState> = {},
  down: Partial<DirectionState> = {},
): LinkState {
  return { up: { ...CLEAN, ...both, ...up }, down: { ...CLEAN, ...both, ...down } };
}

import type { RecordKind } from '../../../src/lib/signaling/contract/index.ts';

/**
 * Who may still write when room runs out (docs/decisions/outbox.md). Nothing that waits is ever deleted to make room: new vitals are
 * refused first, then captures, and events, which tell of the losses, last. The shares keep room for the latter two.
 */
const SHARE_OF_LIMIT: Record<RecordKind, number> = {
  vitals: 0.9,
  capture: 0.98,
  capturePart: 0.98,
  event: 1,
  clock: 1,
  void: 1,
};
const SHARE_OF_MIN_FREE: Record<RecordKind, number> = {
  vitals: 1,
  capture: 0.5,
  capturePart: 0.5,
  event: 0.1,
  clock: 0.1,
  void: 0.1,
};

export interface Room {
  usedBytes: number;
  limitBytes: number;
  freeBytes: number;
  minFreeBytes: number;
}

/** Why this much of this kind may not be written now; null when it may. */
export function refusalFor(kind: RecordKind, bytes: number, room: Room): 'limit' | 'disk' | null {
  if (room.freeBytes - bytes < room.minFreeBytes * SHARE_OF_MIN_FREE[kind]) return 'disk';
  if (room.usedBytes + bytes > room.limitBytes * SHARE_OF_LIMIT[kind]) return 'limit';
  return null;
}

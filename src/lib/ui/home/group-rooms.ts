import { roomCapabilitiesOf, type RoomKind, type RoomRole } from '../../signaling/contract/index.ts';

/** What of a room decides where it stands on the home page. */
export interface RoomAtAGlance {
  kind: RoomKind;
  role: RoomRole | null;
  openedAtMs: number;
  presentNames: string[];
  waitingCount: number;
}

export type RoomUrgency = 'now' | 'next' | 'waiting';

/**
 * `now`: somebody is inside or at the door. `next`: nobody is, and this person may begin it. `waiting`: nobody is, and
 * somebody else has to begin.
 */
export function urgencyOf(room: RoomAtAGlance): RoomUrgency {
  if (room.waitingCount > 0 || room.presentNames.length > 0) return 'now';
  const mayLead = room.role !== null && roomCapabilitiesOf(room.kind, room.role, false).has('host.hold');
  return mayLead ? 'next' : 'waiting';
}

/** One list in the order in which it should be worked off: at the door first, then the older before the newer. */
export function groupRooms<T extends RoomAtAGlance>(rooms: readonly T[]): Record<RoomUrgency, T[]> {
  const groups: Record<RoomUrgency, T[]> = { now: [], next: [], waiting: [] };
  for (const room of rooms) groups[urgencyOf(room)].push(room);
  groups.now.sort((a, b) => b.waitingCount - a.waitingCount || a.openedAtMs - b.openedAtMs);
  // What was just made is what somebody wants next.
  groups.next.sort((a, b) => b.openedAtMs - a.openedAtMs);
  groups.waiting.sort((a, b) => b.openedAtMs - a.openedAtMs);
  return groups;
}

import { roomCapabilitiesOf, type RoomState } from '../signaling/contract/index.ts';
import type { Happening } from './home-room.ts';

export function mayHost(state: RoomState, memberId: string): boolean {
  const member = state.members[memberId];
  return member !== undefined && roomCapabilitiesOf(state.kind, member.role, false).has('host.hold');
}

/**
 * A room is never without a host while somebody in it may be one: the longest present connected clinician takes over
 * when the host has left.
 */
export function nextHost(state: RoomState): Happening | null {
  if (state.hostMemberId && state.members[state.hostMemberId]) return null;
  const candidates = Object.values(state.members)
    .filter((member) => mayHost(state, member.memberId))
    .sort((a, b) => Number(b.connected) - Number(a.connected) || a.joinedAtMs - b.joinedAtMs);
  const memberId = candidates[0]?.memberId ?? null;
  return memberId === state.hostMemberId ? null : { type: 'host.changed', data: { memberId } };
}

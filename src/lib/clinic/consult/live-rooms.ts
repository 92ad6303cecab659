import { accountPrincipalId } from '../../identity/index.ts';
import type { RoomDirectory } from '../../rooms/index.ts';
import type { Bus } from '../../signaling/bus/index.ts';
import type { LiveRooms } from './consult-effects.ts';

/** Tells everybody who is in a room what the database says by now: their connections leave it. */
export function liveRooms(
  bus: Pick<Bus, 'notifyRoom' | 'notifyPrincipal'>,
  directory: Pick<RoomDirectory, 'homeChanged'>,
): LiveRooms {
  const changed = (roomId: string): void => void directory.homeChanged(roomId);
  return {
    changed,
    ended: (roomId) => {
      bus.notifyRoom(roomId, { type: 'room.dismissed', data: { roomId, reason: 'ended' } });
      changed(roomId);
    },
    left: (roomId, accountId) => {
      const principalId = accountPrincipalId(accountId);
      bus.notifyPrincipal(principalId, { type: 'room.dismissed', data: { roomId, reason: 'removed' } });
      bus.notifyPrincipal(principalId, { type: 'home.changed', data: {} });
    },
  };
}

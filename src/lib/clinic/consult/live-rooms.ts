import type { Logger } from 'pino';
import { accountPrincipalId } from '../../identity/index.ts';
import type { RoomDirectory, Rooms } from '../../rooms/index.ts';
import type { Bus } from '../../signaling/bus/index.ts';
import type { LiveRooms } from './consult-effects.ts';

/** The rooms that are open somewhere; said after the database, from which each takes what is true by now. */
export type OpenRooms = Pick<Rooms, 'follow' | 'sendOut'>;

/** Brings what goes on in a room at this moment in line with what its case has become. */
export function liveRooms({
  rooms,
  bus,
  directory,
  log,
}: {
  rooms: OpenRooms;
  bus: Pick<Bus, 'notifyPrincipal'>;
  directory: Pick<RoomDirectory, 'homeChanged'>;
  log: Pick<Logger, 'error'>;
}): LiveRooms {
  const told = (roomId: string, telling: Promise<void>): void => {
    // A home that is opened later looks by itself.
    telling.catch((err: unknown) => log.error({ roomId, err }, 'a room not told of its case'));
  };
  const follow = (roomId: string): void => told(roomId, rooms.follow(roomId));
  const changed = (roomId: string): void => {
    void directory.homeChanged(roomId);
    follow(roomId);
  };
  return {
    changed,
    stands: follow,
    ended: changed,
    left: (roomId, accountId) => {
      const principalId = accountPrincipalId(accountId);
      told(roomId, rooms.sendOut(roomId, principalId));
      bus.notifyPrincipal(principalId, { type: 'home.changed', data: {} });
    },
  };
}

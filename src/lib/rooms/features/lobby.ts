import { HubError } from '../../signaling/contract/index.ts';
import type { CallContext, RoomHandler } from '../call.ts';

export const admit: RoomHandler<'lobby.admit'> = async (context, { memberId }) => {
  await answer(context, memberId, 'admitted');
  return {};
};

export const refuse: RoomHandler<'lobby.refuse'> = async (context, { memberId }) => {
  await answer(context, memberId, 'refused');
  return {};
};

async function answer(
  { room, services }: CallContext,
  memberId: string,
  outcome: 'admitted' | 'refused',
): Promise<void> {
  const askedFrom = room.presence.knockOriginOf(memberId);
  await room.commit((state) => {
    if (!state.knocks[memberId]) throw new HubError('not_found', 'nobody of this id waits in the lobby');
    return { type: 'lobby.closed', data: { memberId, outcome } };
  });
  // By now it may have knocked again from another connection: that one is told as well, and keeps its knock.
  const origin = room.presence.knockOriginOf(memberId);
  if (origin === askedFrom) room.presence.forgetKnock(memberId);
  // Only once it counts, so that a second answer, which is refused, takes nothing back; before the person hears of it.
  if (outcome === 'admitted') room.presence.admitted.add(memberId);
  if (origin) {
    services.bus.notifyConnection(origin, { type: 'lobby.answered', data: { roomId: room.roomId, outcome } });
  }
  void services.directory.homeChanged(room.roomId);
}

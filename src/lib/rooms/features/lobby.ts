import { HubError } from '../../signaling/contract/index.ts';
import type { CallContext, RoomHandler } from '../call.ts';

export const admit: RoomHandler<'lobby.admit'> = async (context, { memberId }) => {
  context.room.presence.admitted.add(memberId);
  try {
    await answer(context, memberId, 'admitted');
  } catch (error) {
    context.room.presence.admitted.delete(memberId);
    throw error;
  }
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
  const origin = room.presence.knockOriginOf(memberId);
  await room.commit((state) => {
    if (!state.knocks[memberId]) throw new HubError('not_found', 'nobody of this id waits in the lobby');
    return { type: 'lobby.closed', data: { memberId, outcome } };
  });
  room.presence.forgetKnock(memberId);
  if (origin) {
    services.bus.notifyConnection(origin, { type: 'lobby.answered', data: { roomId: room.roomId, outcome } });
  }
  void services.directory.homeChanged(room.roomId);
}

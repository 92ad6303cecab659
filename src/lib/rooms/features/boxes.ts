import { HubError } from '../../signaling/contract/index.ts';
import { boxPrincipalId } from '../../identity/index.ts';
import type { CallContext, RoomHandler } from '../call.ts';

export const attachBox: RoomHandler<'box.attach'> = async ({ room, principal, services }, { boxId }) => {
  if (principal.kind !== 'account') throw new HubError('forbidden');
  room.refuseWhileAway();
  // The database decides, so that no box serves two rooms.
  const box = await services.directory.attachBox(room.roomId, boxId, principal.institutionId);
  await room.commit((state) =>
    state.boxes[boxId] ? null : { type: 'box.attached', data: { boxId, name: box.name } },
  );
  services.bus.notifyPrincipal(boxPrincipalId(boxId), {
    type: 'box.assigned',
    data: { roomId: room.roomId },
  });
  return {};
};

export const detachBox: RoomHandler<'box.detach'> = async (context, { boxId }) => {
  await releaseBox(context, boxId);
  return {};
};

/** Somebody in the room wants it, or an administrator took the box away. @throws {HubError} not_found */
export async function releaseBox(
  { room, services }: Pick<CallContext, 'room' | 'services'>,
  boxId: string,
): Promise<void> {
  const memberId = boxPrincipalId(boxId);
  room.refuseWhileAway();
  const freed = await services.directory.detachBox(room.roomId, boxId);
  // A box of another room must not hear that it serves none.
  if (!freed && !room.state.boxes[boxId] && !room.state.members[memberId])
    throw new HubError('not_found', 'no such box in this room');
  await room.commit((state) => (state.boxes[boxId] ? { type: 'box.detached', data: { boxId } } : null));
  await room.commit((state) =>
    state.members[memberId] ? { type: 'member.left', data: { memberId, reason: 'left' } } : null,
  );
  room.presence.forget(memberId);
  room.media.endSession(memberId);
  services.bus.notifyPrincipal(memberId, { type: 'box.assigned', data: { roomId: null } });
}

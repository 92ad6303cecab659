import { HubError, rolesIn } from '../../signaling/contract/index.ts';
import type { CallContext, RoomHandler } from '../call.ts';
import { boxPrincipalId } from '../../identity/index.ts';
import { mayHost, nextHost } from '../host.ts';
import { detachBox } from './boxes.ts';
import { sendEverybodyOut } from './follow.ts';

export const mute: RoomHandler<'member.mute'> = async ({ room }, { feedId }) => {
  const feed = room.state.feeds[feedId];
  if (!feed) throw new HubError('not_found', 'no such feed in this room');
  // The picture that the patient's care hangs on is not a host's to switch off, and data has no pause.
  if (feed.streamClass === 'clinical' || feed.kind === 'data') {
    throw new HubError('forbidden', 'clinical pictures and vitals cannot be muted by the host');
  }
  const sessionId = room.media.sessionOf(feed.memberId);
  if (!sessionId) throw new HubError('not_found', 'no such feed in this room');
  const media = await room.media.open();
  const producerId = room.media.producerOf(feedId);
  await media.pauseProducer(sessionId, producerId, true);
  await room.commit((state) =>
    state.feeds[feedId] ? { type: 'feed.paused', data: { feedId, paused: true, mutedByHost: true } } : null,
  );
  // Its owner may have opened it between the two.
  if (room.state.feeds[feedId]?.paused) await media.pauseProducer(sessionId, producerId, true);
  return {};
};

export const remove: RoomHandler<'member.remove'> = async (context, { memberId }) => {
  const { room, principal, services } = context;
  if (memberId === principal.principalId) {
    throw new HubError('out_of_order', 'leave, or hand the room over, instead of removing yourself');
  }
  // A box does not knock: it comes back as long as it serves the room, so it is taken from the room itself.
  const box = Object.values(room.state.boxes).find(({ boxId }) => boxPrincipalId(boxId) === memberId);
  if (box) return detachBox(context, { roomId: room.roomId, boxId: box.boxId });
  await sendOut({ room, services }, memberId, 'removed');
  return {};
};

/** Somebody else wants it so; `left`: without being barred. @throws {HubError} not_found */
export async function sendOut(
  { room, services }: Pick<CallContext, 'room' | 'services'>,
  memberId: string,
  reason: 'removed' | 'left',
): Promise<void> {
  const origin = room.presence.originOf(memberId);
  await room.commit((state) => {
    if (!state.members[memberId]) throw new HubError('not_found', 'no such member');
    return { type: 'member.left', data: { memberId, reason } };
  });
  room.presence.forget(memberId);
  room.media.endSession(memberId);
  if (origin) {
    services.bus.notifyConnection(origin, {
      type: 'room.dismissed',
      data: { roomId: room.roomId, reason: 'removed' },
    });
  }
  await room.commitWhenPossible(nextHost);
  void services.directory.homeChanged(room.roomId);
}

export const transferHost: RoomHandler<'host.transfer'> = async ({ room, principal }, { memberId }) => {
  await room.commit((state) => {
    if (state.hostMemberId !== principal.principalId)
      throw new HubError('conflict', 'somebody else is host by now');
    const member = state.members[memberId];
    if (!member) throw new HubError('not_found', 'no such member');
    if (!member.connected) throw new HubError('out_of_order', 'this member is not connected');
    if (!mayHost(state, memberId)) throw new HubError('forbidden', 'this role cannot be host');
    return memberId === state.hostMemberId ? null : { type: 'host.changed', data: { memberId } };
  });
  return {};
};

export const endRoom: RoomHandler<'room.end'> = async ({ room, principal, services }) => {
  room.refuseWhileAway();
  const { boxes } = room.state;
  // The database first: once the room has ended nobody is in it who could end it again for the database.
  await services.directory.markEnded(room.roomId);
  await room.commit((state) =>
    state.status === 'ended' ? null : { type: 'room.ended', data: { memberId: principal.principalId } },
  );
  sendEverybodyOut({ room, services }, Object.keys(boxes));
  return {};
};

export const invite: RoomHandler<'invitation.create'> = async ({ room, principal, services }, invitation) => {
  if (principal.kind !== 'account') throw new HubError('forbidden');
  if (!rolesIn(room.state.kind).includes(invitation.role))
    throw new HubError('forbidden', 'this kind of room does not have this role');
  return services.invitations.create({
    roomId: room.roomId,
    role: invitation.role,
    name: invitation.name,
    validMinutes: invitation.validMinutes,
    createdBy: principal.accountId,
  });
};

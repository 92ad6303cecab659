import { HubError } from '../../signaling/contract/index.ts';
import type { RoomHandler } from '../call.ts';
import { mayHost, nextHost } from '../host.ts';

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
  await media.pauseProducer(sessionId, room.media.producerOf(feedId), true);
  await room.commit((state) =>
    state.feeds[feedId] ? { type: 'feed.paused', data: { feedId, paused: true, mutedByHost: true } } : null,
  );
  return {};
};

export const remove: RoomHandler<'member.remove'> = async ({ room, principal, services }, { memberId }) => {
  if (memberId === principal.principalId) {
    throw new HubError('out_of_order', 'leave, or hand the room over, instead of removing yourself');
  }
  const origin = room.presence.originOf(memberId);
  await room.commit((state) => {
    if (!state.members[memberId]) throw new HubError('not_found', 'no such member');
    return { type: 'member.left', data: { memberId, reason: 'removed' } };
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
  return {};
};

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
  await room.commit((state) =>
    state.status === 'ended' ? null : { type: 'room.ended', data: { memberId: principal.principalId } },
  );
  services.bus.notifyRoom(room.roomId, {
    type: 'room.dismissed',
    data: { roomId: room.roomId, reason: 'ended' },
  });
  await services.directory.markEnded(room.roomId);
  room.media.close();
  return {};
};

export const invite: RoomHandler<'invitation.create'> = async ({ room, principal, services }, invitation) => {
  if (principal.kind !== 'account') throw new HubError('forbidden');
  return services.invitations.create({
    roomId: room.roomId,
    role: invitation.role,
    name: invitation.name,
    validMinutes: invitation.validMinutes,
    createdBy: principal.accountId,
  });
};

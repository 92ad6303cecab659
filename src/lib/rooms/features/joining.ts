import {
  HubError,
  roomCapabilitiesOf,
  rolesIn,
  type RoomRole,
  type RoomState,
} from '../../signaling/contract/index.ts';
import type { CallContext, RoomHandler } from '../call.ts';
import { nextHost } from '../host.ts';

/** Somebody's way into a room: the role, and whether the door is open or must be knocked at. */
interface Admission {
  role: RoomRole;
  mustKnock: boolean;
}

async function admissionOf({ principal, room, services }: CallContext): Promise<Admission> {
  const { state } = room;
  const barred = state.barred.includes(principal.principalId);
  const admitted = room.presence.admitted.has(principal.principalId);
  const present = state.members[principal.principalId];
  if (present) return { role: present.role, mustKnock: false };

  switch (principal.kind) {
    case 'box':
      if (!state.boxes[principal.boxId])
        throw new HubError('forbidden', 'this box is not attached to the room');
      return { role: 'box', mustKnock: false };
    case 'guest':
      if (principal.roomId !== room.roomId)
        throw new HubError('forbidden', 'the invitation is for another room');
      if (principal.expiresAtMs < Date.now()) throw new HubError('expired');
      return { role: principal.role, mustKnock: !admitted };
    case 'patient':
      if ((await services.directory.roomOfCase(principal.caseId)) !== room.roomId)
        throw new HubError('forbidden', 'the link is for another room');
      if (principal.expiresAtMs < Date.now()) throw new HubError('expired');
      if (!rolesIn(state.kind).includes('patient'))
        throw new HubError('forbidden', 'patients do not come into this kind of room');
      return { role: 'patient', mustKnock: !admitted };
    case 'stream':
      if (principal.roomId !== room.roomId) throw new HubError('forbidden', 'the token is for another room');
      // It cannot wait in a lobby: whom a host removed stays out until its token is made anew.
      if (barred) throw new HubError('forbidden', 'the host removed this device from the room');
      return { role: principal.access === 'publish' ? 'box' : 'observer', mustKnock: false };
    case 'account': {
      const assigned = await services.directory.participantRole(room.roomId, principal.accountId);
      if (assigned) return { role: assigned, mustKnock: barred && !admitted };
      const possible = principal.roles.find((role): role is typeof role & RoomRole =>
        (rolesIn(state.kind) as string[]).includes(role),
      );
      if (!possible) throw new HubError('forbidden', 'no role of this account belongs in this kind of room');
      return { role: possible, mustKnock: !admitted };
    }
  }
}

export const join: RoomHandler<'room.join'> = async (context, { mediaSessionId }) => {
  const { room, principal, origin, services } = context;
  const memberId = principal.principalId;
  if (room.state.status === 'ended') throw new HubError('room_ended');
  const { role, mustKnock } = await admissionOf(context);
  if (mustKnock) return knock(context, role);

  const media = await room.media.open();
  const replaced = room.presence.arrive(memberId, origin);
  if (replaced) {
    services.bus.notifyConnection(replaced, {
      type: 'room.dismissed',
      data: { roomId: room.roomId, reason: 'replaced' },
    });
  }
  try {
    await enter(context, role);
  } catch (error) {
    room.presence.notArrived(memberId, origin);
    throw error;
  }
  room.presence.admitted.delete(memberId);
  refuseIfReplaced(context);
  const mediaKept = mediaSessionId !== undefined && room.media.sessionOf(memberId) === mediaSessionId;
  if (!mediaKept) await closeFeedsOf(context, memberId);
  refuseIfReplaced(context);
  const sessionId = mediaKept ? mediaSessionId : room.media.beginSession(memberId);
  await room.commit(nextHost);
  refuseIfReplaced(context);
  void services.directory.homeChanged(room.roomId);
  return {
    outcome: 'joined',
    memberId,
    role,
    capabilities: [...roomCapabilitiesOf(room.state.kind, role, false)],
    state: room.state,
    mediaSessionId: sessionId,
    mediaKept,
    routerRtpCapabilities: { ...media.rtpCapabilities },
    hubMs: Date.now(),
  };
};

/** Between two steps the place may have gone to another connection, or the member may have been removed. */
function refuseIfReplaced({ room, principal, origin }: CallContext): void {
  if (!room.presence.isFrom(principal.principalId, origin))
    throw new HubError('conflict', 'this connection lost its place while it came in');
}

async function enter({ room, principal }: CallContext, role: RoomRole): Promise<void> {
  const memberId = principal.principalId;
  if (room.state.knocks[memberId]) {
    room.presence.forgetKnock(memberId);
    await room.commit((state) =>
      state.knocks[memberId] ? { type: 'lobby.closed', data: { memberId, outcome: 'admitted' } } : null,
    );
  }
  await room.commit((state) => {
    if (state.status === 'ended') throw new HubError('room_ended');
    const member = state.members[memberId];
    if (!member) {
      // Whoever was a member when it asked may have been removed since, and its box given away.
      const out =
        state.barred.includes(memberId) || (principal.kind === 'box' && !state.boxes[principal.boxId]);
      if (out) throw new HubError('conflict', 'removed while coming in');
      return {
        type: 'member.joined',
        data: {
          member: {
            memberId,
            name: principal.name,
            role,
            connected: true,
            handRaised: false,
            clockOffsetMs: 0,
            joinedAtMs: Date.now(),
          },
        },
      };
    }
    return member.connected ? null : { type: 'member.connected', data: { memberId, connected: true } };
  });
}

async function knock({ room, principal, origin, services }: CallContext, role: RoomRole) {
  const memberId = principal.principalId;
  room.presence.knock(memberId, origin);
  await room.commit((state) =>
    state.knocks[memberId]
      ? null
      : {
          type: 'lobby.knocked',
          data: { knock: { memberId, name: principal.name, role, sinceMs: Date.now() } },
        },
  );
  void services.directory.homeChanged(room.roomId);
  return { outcome: 'waiting' as const, memberId };
}

async function closeFeedsOf({ room }: CallContext, memberId: string): Promise<void> {
  const own = (state: RoomState) => Object.values(state.feeds).find((feed) => feed.memberId === memberId);
  for (let feed = own(room.state); feed; feed = own(room.state)) {
    const { feedId } = feed;
    await room.commit((state) => (state.feeds[feedId] ? { type: 'feed.closed', data: { feedId } } : null));
    room.media.closeFeed(feedId);
  }
}

export const withdraw: RoomHandler<'room.withdraw'> = async ({ room, principal, services }) => {
  const memberId = principal.principalId;
  room.presence.forgetKnock(memberId);
  room.presence.admitted.delete(memberId);
  await room.commit((state) =>
    state.knocks[memberId] ? { type: 'lobby.closed', data: { memberId, outcome: 'withdrawn' } } : null,
  );
  void services.directory.homeChanged(room.roomId);
  return {};
};

export const leave: RoomHandler<'room.leave'> = async ({ room, principal, origin, services }) => {
  const memberId = principal.principalId;
  await room.commit((state) =>
    state.members[memberId] ? { type: 'member.left', data: { memberId, reason: 'left' } } : null,
  );
  // Another connection of the same person may be coming in already: its place is its own.
  if (room.presence.isFrom(memberId, origin)) room.presence.forget(memberId);
  room.media.endSession(memberId);
  await room.commitWhenPossible(nextHost);
  void services.directory.homeChanged(room.roomId);
  return {};
};

export const sync: RoomHandler<'room.sync'> = async ({ room, services }, { sinceSeq }) => {
  const { seq } = room.state;
  if (sinceSeq === seq) return { outcome: 'events', events: [] };
  if (sinceSeq < seq) {
    const events = await services.bus.log.readSince(room.roomId, sinceSeq);
    if (events !== 'trimmed' && (events.at(-1)?.seq ?? 0) >= seq) return { outcome: 'events', events };
  }
  return { outcome: 'state', state: room.state };
};

import type { RoomEvent } from './room-events.ts';
import type { ChatMessage, PatientStrip, RoomState } from './room-model.ts';
import type { RoomKind } from './roles.ts';

/** How many chat messages a snapshot carries. Ours: about a long consult's worth; the archive keeps all. */
export const CHAT_KEPT = 300;

export function emptyRoom({
  roomId,
  kind,
  title,
  patient,
  openedAtMs,
}: {
  roomId: string;
  kind: RoomKind;
  title: string;
  patient: PatientStrip | null;
  openedAtMs: number;
}): RoomState {
  return {
    roomId,
    kind,
    title,
    patient,
    openedAtMs,
    status: 'open',
    seq: 0,
    hostMemberId: null,
    members: {},
    knocks: {},
    feeds: {},
    barred: [],
    boxes: {},
    chat: [],
  };
}

/**
 * The state after one more event; the given state is not changed. The event must be the next by number.
 * @throws {RangeError} when it is not: the caller has a gap and must synchronise.
 */
export function applyEvent(state: RoomState, event: RoomEvent): RoomState {
  if (event.seq !== state.seq + 1) {
    throw new RangeError(`room event ${event.seq} does not follow ${state.seq}`);
  }
  return { ...change(state, event), seq: event.seq };
}

function change(state: RoomState, event: RoomEvent): RoomState {
  switch (event.type) {
    case 'member.joined':
      return withMember(state, event.data.member.memberId, event.data.member);
    case 'member.connected':
      return patchMember(state, event.data.memberId, { connected: event.data.connected });
    case 'member.clock':
      return patchMember(state, event.data.memberId, { clockOffsetMs: event.data.clockOffsetMs });
    case 'member.left':
      return {
        ...state,
        members: without(state.members, event.data.memberId),
        feeds: feedsWhere(state, (feed) => feed.memberId !== event.data.memberId),
        barred: event.data.reason === 'removed' ? [...state.barred, event.data.memberId] : state.barred,
      };
    case 'hand.raised':
      return patchMember(state, event.data.memberId, { handRaised: event.data.raised });
    case 'host.changed':
      return { ...state, hostMemberId: event.data.memberId };
    case 'lobby.knocked':
      return { ...state, knocks: { ...state.knocks, [event.data.knock.memberId]: event.data.knock } };
    case 'lobby.closed':
      return {
        ...state,
        knocks: without(state.knocks, event.data.memberId),
        barred:
          event.data.outcome === 'admitted'
            ? state.barred.filter((memberId) => memberId !== event.data.memberId)
            : state.barred,
      };
    case 'chat.posted':
      return { ...state, chat: appendChat(state.chat, event.data.message) };
    case 'feed.opened':
      return { ...state, feeds: { ...state.feeds, [event.data.feed.feedId]: event.data.feed } };
    case 'feed.paused':
      return patchFeed(state, event.data.feedId, {
        paused: event.data.paused,
        mutedByHost: event.data.mutedByHost,
      });
    case 'feed.closed':
      return { ...state, feeds: without(state.feeds, event.data.feedId) };
    case 'box.attached':
      return { ...state, boxes: { ...state.boxes, [event.data.boxId]: event.data } };
    case 'box.detached':
      return { ...state, boxes: without(state.boxes, event.data.boxId) };
    case 'patient.confirmed': {
      const { confirmation } = event.data;
      const patient = state.patient && { ...state.patient, laterality: confirmation.laterality };
      return { ...state, patient, confirmation };
    }
    case 'patient.changed': {
      const { confirmation: _void, frozenSinceMs, ...rest } = state;
      const { patient, frozen } = event.data;
      return { ...rest, patient, ...(frozen && { frozenSinceMs: frozenSinceMs ?? event.atMs }) };
    }
    case 'room.rehomed':
      return {
        ...state,
        members: mapValues(state.members, (member) => ({ ...member, connected: false })),
        knocks: {},
        feeds: {},
      };
    case 'room.ended':
      return { ...state, status: 'ended', members: {}, knocks: {}, feeds: {}, boxes: {}, hostMemberId: null };
  }
}

function without<T>(record: Record<string, T>, key: string): Record<string, T> {
  const { [key]: _gone, ...rest } = record;
  return rest;
}

function mapValues<T>(record: Record<string, T>, map: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function feedsWhere(
  state: RoomState,
  keep: (feed: RoomState['feeds'][string]) => boolean,
): RoomState['feeds'] {
  return Object.fromEntries(Object.entries(state.feeds).filter(([, feed]) => keep(feed)));
}

function withMember(state: RoomState, memberId: string, member: RoomState['members'][string]): RoomState {
  return { ...state, members: { ...state.members, [memberId]: member } };
}

function patchMember(
  state: RoomState,
  memberId: string,
  patch: Partial<RoomState['members'][string]>,
): RoomState {
  const member = state.members[memberId];
  return member ? withMember(state, memberId, { ...member, ...patch }) : state;
}

function patchFeed(state: RoomState, feedId: string, patch: Partial<RoomState['feeds'][string]>): RoomState {
  const feed = state.feeds[feedId];
  return feed ? { ...state, feeds: { ...state.feeds, [feedId]: { ...feed, ...patch } } } : state;
}

function appendChat(chat: ChatMessage[], message: ChatMessage): ChatMessage[] {
  return [...chat, message].slice(-CHAT_KEPT);
}

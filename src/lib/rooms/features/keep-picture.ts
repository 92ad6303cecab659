import { HubError } from '../../signaling/contract/index.ts';
import type { RoomHandler } from '../call.ts';
import { isFrozen } from './follow.ts';

/** The picture goes into the box's outbox, which brings it here by itself: only the wish, and what became of it, go through the room. */
export const keepPicture: RoomHandler<'box.keepPicture'> = async ({ room }, { feedId }) => {
  const feed = room.state.feeds[feedId];
  const member = feed && room.state.members[feed.memberId];
  if (feed?.streamClass !== 'clinical' || feed.kind !== 'video' || member?.role !== 'box')
    throw new HubError('not_found', 'no device picture of a box');
  if (isFrozen(room.state)) return { outcome: 'frozen' };
  if (!member.connected) return { outcome: 'no-answer' };
  return { outcome: await room.pictureAsks.ask(feed) };
};

export const pictureKept: RoomHandler<'box.pictureKept'> = async (
  { room, principal },
  { askId, outcome },
) => {
  if (!room.pictureAsks.answered(principal.principalId, askId, outcome))
    throw new HubError('not_found', 'nobody asked, or waits any more');
  return {};
};

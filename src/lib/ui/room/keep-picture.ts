import { m } from '../../paraglide/messages.js';
import type { KeepOutcome } from '../../signaling/contract/index.ts';
import type { RemoteFeedLike, RoomSessionView } from './session-view.ts';

/** The device picture of a box, for who may have it kept. */
export const mayKeep = (
  { capabilities }: Pick<RoomSessionView, 'capabilities'>,
  { feed, member }: Pick<RemoteFeedLike, 'feed' | 'member'>,
): boolean =>
  capabilities.has('picture.keep') &&
  feed.kind === 'video' &&
  feed.streamClass === 'clinical' &&
  member?.role === 'box';

/** Which one the key is for: the pinned one, else the first. */
export function feedToKeep(
  session: Pick<RoomSessionView, 'capabilities' | 'remoteFeeds'>,
  pinnedId: string | null,
): string | null {
  const keepable = session.remoteFeeds
    .filter((remote) => mayKeep(session, remote))
    .map(({ feed }) => feed.feedId);
  return keepable.find((feedId) => feedId === pinnedId) ?? keepable[0] ?? null;
}

const OUTCOME: Record<KeepOutcome, () => string> = {
  kept: m.room_kept,
  'no-room': m.room_kept_not_no_room,
  frozen: m.room_kept_not_frozen,
  privacy: m.room_kept_not_privacy,
  'no-feed': m.room_kept_not_no_picture,
  'no-picture': m.room_kept_not_no_picture,
  'old-picture': m.room_kept_not_no_picture,
  'too-large': m.room_kept_not_too_large,
  'no-answer': m.room_kept_not_no_answer,
  full: m.room_kept_not_full,
  off: m.room_kept_not_off,
  failed: m.room_kept_not_no_answer,
};
export const keepText = (outcome: KeepOutcome): string => OUTCOME[outcome]();

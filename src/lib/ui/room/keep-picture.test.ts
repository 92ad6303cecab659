import { expect, it } from 'vitest';
import type { RoomCapability } from '../../signaling/contract/index.ts';
import { feedToKeep } from './keep-picture.ts';
import type { RemoteFeedLike } from './session-view.ts';

const remote = (feedId: string, streamClass = 'clinical', role = 'box') =>
  ({ feed: { feedId, kind: 'video', streamClass }, member: { role } }) as RemoteFeedLike;
const session = (...remoteFeeds: RemoteFeedLike[]) => ({
  capabilities: new Set<RoomCapability>(['picture.keep']),
  remoteFeeds,
});

it('the key keeps the pinned device picture, else the first one, and nothing else', () => {
  const all = session(
    remote('room', 'face'),
    remote('grabber', 'clinical', 'surgeon'),
    remote('probe'),
    remote('scope'),
  );
  expect(feedToKeep(all, null)).toBe('probe');
  expect(feedToKeep(all, 'scope')).toBe('scope');
  expect(feedToKeep(all, 'room')).toBe('probe');
  expect(feedToKeep(session(remote('room', 'face')), null)).toBeNull();
  expect(feedToKeep({ ...all, capabilities: new Set() }, 'scope')).toBeNull();
});

/* eslint-disable svelte/prefer-svelte-reactivity -- what was there before is compared with, never shown */
import { m } from '$lib/paraglide/messages.js';
import type { RoomView } from './room-view.svelte.ts';
import type { QualityState, RoomSessionView } from './session-view.ts';
import { feedTitle, isFresh, qualityWords } from './words.ts';

/**
 * Says to screen readers what changed, never each number: a device picture going stale or coming back, the link,
 * somebody knocking or raising a hand. Call within a component's initialisation.
 */
export function announceChanges(session: RoomSessionView, view: RoomView): void {
  const states = new Map<string, QualityState>();
  $effect(() => {
    for (const remote of session.remoteFeeds) {
      if (remote.feed.streamClass !== 'clinical') continue;
      const { state } = remote.quality;
      const before = states.get(remote.feed.feedId);
      states.set(remote.feed.feedId, state);
      // Between fresh and a little delayed it swings; that is on the screen and not worth a sentence.
      if (before === undefined || before === state || (isFresh(before) && isFresh(state))) continue;
      view.announce(`${feedTitle(remote)}：${qualityWords(remote.quality).word}`);
    }
  });

  let link = session.link;
  $effect(() => {
    if (session.link === link) return;
    link = session.link;
    view.announce(link === 'online' ? m.room_link_online() : m.room_reconnecting());
  });

  let knocking = new Set<string>();
  $effect(() => {
    const knocks = session.capabilities.has('lobby.admit') ? Object.values(session.state?.knocks ?? {}) : [];
    const fresh = knocks.filter((knock) => !knocking.has(knock.memberId));
    knocking = new Set(knocks.map((knock) => knock.memberId));
    for (const knock of fresh) view.announce(`${knock.name} ${m.room_knock_wants_in()}`);
  });

  let hands = new Set<string>();
  $effect(() => {
    const raised = Object.values(session.state?.members ?? {}).filter((member) => member.handRaised);
    const fresh = raised.filter(
      (member) => !hands.has(member.memberId) && member.memberId !== session.memberId,
    );
    hands = new Set(raised.map((member) => member.memberId));
    for (const member of fresh) view.announce(`${member.name} ${m.room_hand_up()}`);
  });
}

import { SvelteMap } from 'svelte/reactivity';
import { isStreamMember, type Feed, type RoomState } from '../../signaling/contract/index.ts';
import type { MediaSession } from '../../sfu/client/index.ts';
import { RemoteFeedView } from './remote-feed.svelte.ts';
import { VitalsFeedView } from './vitals-feed.svelte.ts';

/** Everybody else's feeds as this browser receives them: pictures and voices, and vitals. */
export class FeedViews {
  readonly #remote = new SvelteMap<string, RemoteFeedView>();
  readonly #vitals = new SvelteMap<string, VitalsFeedView>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- read when a feed opens, shown nowhere
  readonly #hidden = new Set<string>();
  readonly #hubNowMs: () => number;

  constructor(hubNowMs: () => number) {
    this.#hubNowMs = hubNowMs;
  }

  get remote(): RemoteFeedView[] {
    return [...this.#remote.values()];
  }

  get vitals(): VitalsFeedView[] {
    return [...this.#vitals.values()];
  }

  /**
   * Makes the subscriptions match the room: closes what is gone or replaced, opens what is new. Answers false when one
   * did not open: nobody may miss a picture without a word, so the caller tries again.
   */
  async sync(
    media: MediaSession,
    stateNow: () => RoomState | null,
    memberId: string | null,
  ): Promise<boolean> {
    const state = stateNow();
    if (!state) return true;
    this.#dropReplaced(this.#remote, state);
    this.#dropReplaced(this.#vitals, state);
    const others = Object.values(state.feeds).filter((feed) => feed.memberId !== memberId);
    const opened = await Promise.allSettled(others.map((feed) => this.#follow(media, feed, state, stateNow)));
    return opened.every(({ status }) => status === 'fulfilled');
  }

  #dropReplaced(views: SvelteMap<string, { feed: Feed; dispose(): void }>, state: RoomState): void {
    for (const [feedId, view] of views) {
      if (state.feeds[feedId]?.generation === view.feed.generation) continue;
      view.dispose();
      views.delete(feedId);
    }
  }

  async #follow(
    media: MediaSession,
    feed: Feed,
    state: RoomState,
    stateNow: () => RoomState | null,
  ): Promise<void> {
    const member = state.members[feed.memberId] ?? null;
    this.#remote.get(feed.feedId)?.update(feed, member);
    if (this.#remote.has(feed.feedId) || this.#vitals.has(feed.feedId)) return;
    if (feed.kind === 'data') {
      const view = new VitalsFeedView(feed, member);
      await keepIfOpened(this.#vitals, feed.feedId, view, async () =>
        view.opened(await media.subscribeData(feed, (message) => view.receive(message, this.#hubNowMs()))),
      );
      return;
    }
    const view = new RemoteFeedView(feed, member);
    await keepIfOpened(this.#remote, feed.feedId, view, async () => {
      // No age is better than a wrong one.
      const publisherClockOffsetMs = () =>
        isStreamMember(feed.memberId) ? null : (stateNow()?.members[feed.memberId]?.clockOffsetMs ?? 0);
      view.opened(await media.subscribe(feed, { publisherClockOffsetMs }));
      if (this.#hidden.has(feed.feedId)) view.setVisible(false, 'small');
    });
  }

  setVisible(feedId: string, visible: boolean, size: 'large' | 'small'): void {
    if (visible) this.#hidden.delete(feedId);
    else this.#hidden.add(feedId);
    this.#remote.get(feedId)?.setVisible(visible, size);
  }

  clear(): void {
    for (const view of [...this.remote, ...this.vitals]) view.dispose();
    this.#remote.clear();
    this.#vitals.clear();
  }
}

/** On the page from the start ("waiting for the picture"); off it again when it could not be opened. */
async function keepIfOpened<V extends { dispose(): void }>(
  views: SvelteMap<string, V>,
  feedId: string,
  view: V,
  open: () => Promise<void>,
): Promise<void> {
  views.set(feedId, view);
  try {
    await open();
  } catch (error) {
    view.dispose();
    if (views.get(feedId) === view) views.delete(feedId);
    throw error;
  }
}

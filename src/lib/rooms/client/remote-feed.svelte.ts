import type { Feed, Member } from '../../signaling/contract/index.ts';
import { WAITING_QUALITY, type FeedQuality, type RemoteFeed } from '../../sfu/client/index.ts';

/** One picture or voice of somebody else, as the page shows it. */
export class RemoteFeedView {
  feed = $state.raw<Feed>() as Feed;
  member = $state.raw<Member | null>(null);
  stream = $state.raw<MediaStream | null>(null);
  quality = $state.raw<FeedQuality>(WAITING_QUALITY);
  #remote: RemoteFeed | null = null;
  #disposed = false;

  constructor(feed: Feed, member: Member | null) {
    this.feed = feed;
    this.member = member;
  }

  opened(remote: RemoteFeed): void {
    if (this.#disposed) {
      remote.close();
      return;
    }
    this.#remote = remote;
    this.stream = remote.stream;
    remote.onQuality((quality) => (this.quality = quality));
  }

  update(feed: Feed, member: Member | null): void {
    this.feed = feed;
    this.member = member;
    this.#remote?.setFeed(feed);
  }

  /** Gives the element that shows the feed, whose frames are then timed. */
  attach(element: HTMLVideoElement): () => void {
    return this.#remote?.attach(element) ?? (() => undefined);
  }

  /** A picture that nobody sees costs nothing; a small one needs no large layer. */
  setVisible(visible: boolean, size: 'large' | 'small'): void {
    this.#remote?.setPaused(!visible);
    if (visible)
      this.#remote?.setPreferredLayers(size === 'large' ? { spatialLayer: 2 } : { spatialLayer: 0 });
  }

  dispose(): void {
    this.#disposed = true;
    this.#remote?.close();
    this.#remote = null;
    this.stream = null;
  }
}

import { randomUUID } from 'node:crypto';
import { feedIdOf, HubError, type Feed, type Notice } from '../signaling/contract/index.ts';
import type { LinkFigures, RoomMedia } from '../sfu/index.ts';
import type { HomeRoom } from './home-room.ts';
import type { RoomServices } from './services.ts';

/** How the link of a member does; what has come of each of its pictures, by feed. */
export interface MemberLink extends Omit<LinkFigures, 'pictures'> {
  bytesOfFeed: ReadonlyMap<string, number>;
}

interface LiveProducer {
  producerId: string;
  memberId: string;
}

/**
 * Joins members and feeds (what people know) to media sessions and producers (what the SFU knows). The router is made
 * when the first member asks, and made anew when its worker died.
 */
export class MediaSessions {
  readonly #room: HomeRoom;
  readonly #services: RoomServices;
  #opening: Promise<RoomMedia> | null = null;
  readonly #sessionOfMember = new Map<string, string>();
  readonly #memberOfSession = new Map<string, string>();
  readonly #producerOfFeed = new Map<string, LiveProducer>();
  readonly #feedOfProducer = new Map<string, string>();
  #speakerId: string | null = null;
  #closed = false;

  constructor(room: HomeRoom, services: RoomServices) {
    this.#room = room;
    this.#services = services;
  }

  /** The room's router. */
  open(): Promise<RoomMedia> {
    if (this.#closed) throw new HubError('unavailable');
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<RoomMedia> {
    const media = await this.#services.media.openRoom(this.#room.roomId);
    media.on('activeSpeaker', (sessionId) => {
      this.#speakerId = sessionId === null ? null : (this.#memberOfSession.get(sessionId) ?? null);
      this.#notifyRoom(this.#speaks());
    });
    media.on('consumerClosed', ({ sessionId, consumerId }) => {
      this.#notify(sessionId, {
        type: 'media.consumerClosed',
        data: { roomId: this.#room.roomId, consumerId },
      });
    });
    media.on('consumerScore', ({ sessionId, ...score }) => {
      this.#notify(sessionId, { type: 'media.consumerScore', data: { roomId: this.#room.roomId, ...score } });
    });
    media.on('consumerLayers', ({ sessionId, ...layers }) => {
      this.#notify(sessionId, {
        type: 'media.consumerLayers',
        data: { roomId: this.#room.roomId, ...layers },
      });
    });
    media.on('transportState', ({ sessionId, ...state }) => {
      this.#notify(sessionId, {
        type: 'media.transportState',
        data: { roomId: this.#room.roomId, ...state },
      });
    });
    media.on('producerScore', ({ sessionId, producerId, score }) => {
      const feedId = this.#feedOfProducer.get(producerId);
      if (feedId)
        this.#notify(sessionId, {
          type: 'media.feedScore',
          data: { roomId: this.#room.roomId, feedId, score },
        });
    });
    media.on('producerClosed', ({ producerId }) => this.#producerClosed(producerId));
    return media;
  }

  #speaks() {
    const data = { roomId: this.#room.roomId, memberId: this.#speakerId };
    return { type: 'media.activeSpeaker', data } as const;
  }

  sessionOf(memberId: string): string | undefined {
    return this.#sessionOfMember.get(memberId);
  }

  /** How the member's link does; null while it has no media. */
  async linkOf(memberId: string): Promise<MemberLink | null> {
    const sessionId = this.#sessionOfMember.get(memberId);
    if (!sessionId || !this.#opening) return null;
    const link = await (await this.#opening).link(sessionId);
    if (!link) return null;
    const { pictures, ...figures } = link;
    const bytesOfFeed = new Map(
      pictures.flatMap(({ producerId, bytes }) => {
        const feedId = this.#feedOfProducer.get(producerId);
        return feedId ? [[feedId, bytes] as const] : [];
      }),
    );
    return { ...figures, bytesOfFeed };
  }

  /** A fresh session for the member; what it had before is closed. */
  beginSession(memberId: string): string {
    this.endSession(memberId);
    const sessionId = randomUUID();
    this.#sessionOfMember.set(memberId, sessionId);
    this.#memberOfSession.set(sessionId, memberId);
    // Who comes while somebody goes on speaking is told of no change.
    if (this.#speakerId !== null) this.#notify(sessionId, this.#speaks());
    return sessionId;
  }

  endSession(memberId: string): void {
    const sessionId = this.#sessionOfMember.get(memberId);
    if (!sessionId) return;
    this.#sessionOfMember.delete(memberId);
    this.#memberOfSession.delete(sessionId);
    for (const [feedId, producer] of this.#producerOfFeed) {
      if (producer.memberId === memberId) this.#unbind(feedId);
    }
    void this.#opening?.then((media) => media.closeSession(sessionId)).catch(() => undefined);
  }

  /**
   * Says that this producer is now what the feed shows. The one it replaces is closed when that is confirmed, and is
   * back in its place when it is undone.
   */
  bind(feedId: string, memberId: string, producerId: string): { confirm(): void; undo(): void } {
    const before = this.#producerOfFeed.get(feedId);
    const now = { producerId, memberId };
    this.#replace(feedId, now);
    return {
      confirm: () => before && this.#closeProducer(before),
      undo: () => {
        if (this.#producerOfFeed.get(feedId) === now) this.#replace(feedId, before);
        this.#closeProducer(now);
      },
    };
  }

  #replace(feedId: string, producer: LiveProducer | undefined): void {
    this.#unbind(feedId);
    if (!producer) return;
    this.#producerOfFeed.set(feedId, producer);
    this.#feedOfProducer.set(producer.producerId, feedId);
  }

  /** @throws {HubError} not_found */
  producerOf(feedId: string): string {
    const producer = this.#producerOfFeed.get(feedId);
    if (!producer) throw new HubError('not_found', 'no such feed in this room');
    return producer.producerId;
  }

  feedOf(producerId: string): string | undefined {
    return this.#feedOfProducer.get(producerId);
  }

  closeFeed(feedId: string): void {
    const producer = this.#producerOfFeed.get(feedId);
    this.#unbind(feedId);
    if (producer) this.#closeProducer(producer);
  }

  #closeProducer({ producerId, memberId }: LiveProducer): void {
    const sessionId = this.#sessionOfMember.get(memberId);
    if (!sessionId) return;
    // Already gone is as good as closed.
    void this.#opening?.then((media) => media.closeProducer(sessionId, producerId)).catch(() => undefined);
  }

  #unbind(feedId: string): void {
    const producer = this.#producerOfFeed.get(feedId);
    if (!producer) return;
    this.#producerOfFeed.delete(feedId);
    this.#feedOfProducer.delete(producer.producerId);
  }

  #producerClosed(producerId: string): void {
    const feedId = this.#feedOfProducer.get(producerId);
    if (!feedId) return;
    this.#unbind(feedId);
    this.#room
      .commitWhenPossible((state) =>
        state.feeds[feedId] && !this.#producerOfFeed.has(feedId) ? feedClosed(feedId) : null,
      )
      .catch((error: unknown) => this.#warn(error));
  }

  /** Worker dead: every session is void. Members are told to build their media again; their places are untouched. */
  async lost(): Promise<void> {
    this.#opening = null;
    const feedIds = [...this.#producerOfFeed.keys()];
    this.#sessionOfMember.clear();
    this.#memberOfSession.clear();
    this.#producerOfFeed.clear();
    this.#feedOfProducer.clear();
    this.#notifyRoom({ type: 'media.reset', data: { roomId: this.#room.roomId } });
    for (const feedId of feedIds) {
      await this.#room.commitWhenPossible((state) =>
        state.feeds[feedId] && !this.#producerOfFeed.has(feedId) ? feedClosed(feedId) : null,
      );
    }
  }

  #notify(sessionId: string, notice: Notice): void {
    const memberId = this.#memberOfSession.get(sessionId);
    const origin = memberId && this.#room.presence.originOf(memberId);
    if (origin) this.#services.bus.notifyConnection(origin, notice);
  }

  #notifyRoom(notice: Notice): void {
    this.#services.bus.notifyRoom(this.#room.roomId, notice);
  }

  #warn(error: unknown): void {
    this.#services.log.warn({ roomId: this.#room.roomId, err: error }, 'closed feed not announced');
  }

  close(): void {
    this.#closed = true;
    if (this.#opening) this.#services.media.closeRoom(this.#room.roomId);
  }
}

function feedClosed(feedId: string): { type: 'feed.closed'; data: { feedId: string } } {
  return { type: 'feed.closed', data: { feedId } };
}

/** A feed as it is announced; its generation is the number of the event that opens it, hence always new. */
export function newFeed(
  memberId: string,
  feed: Pick<Feed, 'slot' | 'kind' | 'streamClass' | 'label' | 'modality' | 'laterality' | 'paused'>,
  generation: number,
): Feed {
  return { ...feed, feedId: feedIdOf(memberId, feed.slot), memberId, mutedByHost: false, generation };
}

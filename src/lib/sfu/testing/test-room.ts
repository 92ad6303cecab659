import {
  REQUESTS,
  HubError,
  type Ack,
  type Notice,
  type RequestType,
} from '../../signaling/contract/index.ts';
import type { MediaPool, RoomMedia, TransportDescription } from '../index.ts';

/**
 * The least that a room must do between members and the SFU: feeds to producers, sessions to members. Every request is
 * checked against the contract as the real hub does, so that what browsers send is known to pass.
 */
export class TestRoom {
  readonly roomId = 'test-room';
  readonly requests: string[] = [];
  /** Given a chance to lead the media over another path. */
  reroute: (transport: TransportDescription) => TransportDescription = (transport) => transport;
  media!: RoomMedia;
  #generation = 0;
  readonly #pool: MediaPool;
  readonly #onNotice: (memberId: string, notice: Notice) => void;
  readonly #producerOfFeed = new Map<string, { producerId: string; generation: number }>();

  constructor(pool: MediaPool, onNotice: (memberId: string, notice: Notice) => void) {
    this.#pool = pool;
    this.#onNotice = onNotice;
  }

  async open(): Promise<void> {
    const { roomId } = this;
    this.#producerOfFeed.clear();
    this.media = await this.#pool.openRoom(roomId);
    this.media.on('consumerClosed', ({ sessionId, consumerId }) =>
      this.#onNotice(sessionId, { type: 'media.consumerClosed', data: { roomId, consumerId } }),
    );
    this.media.on('consumerScore', ({ sessionId, ...data }) =>
      this.#onNotice(sessionId, { type: 'media.consumerScore', data: { roomId, ...data } }),
    );
    this.media.on('consumerLayers', ({ sessionId, ...data }) =>
      this.#onNotice(sessionId, { type: 'media.consumerLayers', data: { roomId, ...data } }),
    );
  }

  /** A member's session is named after the member here. */
  async request(memberId: string, type: RequestType, data: object): Promise<Ack<unknown>> {
    this.requests.push(`${memberId} ${type}`);
    try {
      const request = REQUESTS[type].request.safeParse({ roomId: this.roomId, ...data });
      if (!request.success) throw new HubError('invalid_message', request.error.message);
      return { ok: true, data: await this.#dispatch(memberId, type, request.data as never) };
    } catch (error) {
      const { code, message } = error instanceof HubError ? error : new HubError('internal', String(error));
      return { ok: false, error: { code, message } };
    }
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each case is parsed by its own schema above
  async #dispatch(me: string, type: RequestType, data: any): Promise<unknown> {
    const { media } = this;
    switch (type) {
      case 'media.createTransport':
        return this.reroute(await media.createTransport(me, data.direction));
      case 'media.connectTransport':
        return media.connectTransport(me, data.transportId, data.dtlsParameters);
      case 'media.restartIce':
        return { iceParameters: await media.restartIce(me, data.transportId) };
      case 'media.produce': {
        const { producerId } = await media.produce(me, data);
        const feedId = `${me}:${data.slot}`;
        this.#producerOfFeed.set(feedId, { producerId, generation: ++this.#generation });
        return { feedId, producerId };
      }
      case 'media.produceData': {
        const { dataProducerId } = await media.produceData(me, data);
        const feedId = `${me}:${data.slot}`;
        this.#producerOfFeed.set(feedId, { producerId: dataProducerId, generation: ++this.#generation });
        return { feedId, dataProducerId };
      }
      case 'media.consumeData': {
        const { producerId, generation } = this.#feed(data.feedId);
        const consumer = await media.consumeData(me, { ...data, dataProducerId: producerId });
        return { ...consumer, generation };
      }
      case 'media.pauseFeed':
        return media.pauseProducer(me, this.#feed(data.feedId).producerId, data.paused);
      case 'media.closeFeed':
        return media.closeProducer(me, this.#feed(data.feedId).producerId);
      case 'media.consume': {
        const { producerId, generation } = this.#feed(data.feedId);
        return { ...(await media.consume(me, { ...data, producerId })), generation };
      }
      case 'media.setConsumer':
        return media.setConsumer(me, data.consumerId, data);
      case 'media.requestKeyFrame':
        return media.requestKeyFrame(me, data.consumerId);
      case 'media.closeConsumer':
        return media.closeConsumer(me, data.consumerId);
      default:
        throw new HubError('unknown_message');
    }
  }

  #feed(feedId: string): { producerId: string; generation: number } {
    const feed = this.#producerOfFeed.get(feedId);
    if (!feed) throw new HubError('not_found');
    return feed;
  }
}

import { Device } from 'mediasoup-client';
import type { Consumer, DataConsumer, RtpCapabilities } from 'mediasoup-client/types';
import { HubError, type Feed, type NoticeData } from '../../signaling/contract/index.ts';
import { ignoreGone } from './gone.ts';
import { Publisher, type PublishRequest } from './publisher.ts';
import { RemoteFeed, type FeedHost } from './remote-feed.ts';
import type { Signals } from './signals.ts';
import { TransportLink, type LinkState } from './transport-link.ts';

const ABS_CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';

export type MediaNotice = {
  [T in 'media.consumerClosed' | 'media.consumerScore' | 'media.consumerLayers']: {
    type: T;
    data: NoticeData<T>;
  };
}['media.consumerClosed' | 'media.consumerScore' | 'media.consumerLayers'];

interface DataSubscription {
  feed: Feed;
  onMessage: (message: ArrayBuffer) => void;
  consumer: DataConsumer | null;
}

/**
 * One browser's media in one room: what it publishes, slot by slot, and what it receives. What is wanted is kept
 * apart from what there is, so that `rebuild` can make everything anew from it.
 */
export class MediaSession {
  readonly #signals: Signals;
  readonly #hubNowMs: () => number;
  readonly #publisher: Publisher;
  readonly #feeds = new Set<RemoteFeed>();
  readonly #data = new Set<DataSubscription>();
  readonly #stateListeners = new Set<(state: LinkState) => void>();
  readonly #links: Record<'send' | 'receive', Promise<TransportLink> | null> = { send: null, receive: null };
  readonly #states: Record<'send' | 'receive', LinkState> = { send: 'new', receive: 'new' };
  readonly #abort = new AbortController();
  #device: Device | null = null;
  #capabilities: RtpCapabilities | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #epoch = 0;
  #closed = false;

  constructor(options: { signals: Signals; hubNowMs: () => number; clockOffsetMs?: () => number }) {
    this.#signals = options.signals;
    this.#hubNowMs = options.hubNowMs;
    this.#publisher = new Publisher({ signals: options.signals, link: () => this.#link('send') });
    this.#followNetwork();
  }

  /** Must be done before anything is published or subscribed. */
  async load(routerRtpCapabilities: RtpCapabilities): Promise<void> {
    this.#refuseClosed();
    this.#capabilities = routerRtpCapabilities;
    const device = await Device.factory({ forcedRtpExtensions: { [ABS_CAPTURE_TIME]: true } });
    await device.load({ routerRtpCapabilities });
    this.#refuseClosed();
    this.#device = device;
  }

  /** Nothing of the old media is left at the hub: makes the same again, with the same tracks. */
  async rebuild(routerRtpCapabilities: RtpCapabilities = this.#capabilities!): Promise<void> {
    this.#refuseClosed();
    this.#dropTransports();
    await this.#inTurn(async () => {
      await this.load(routerRtpCapabilities);
      // One that fails must not keep the others from coming back; the first failure is told at the end.
      const outcomes = await Promise.allSettled([
        ...this.#publisher.produceAll(),
        // A feed that is gone by now is closed by whoever follows the room's state.
        ...[...this.#feeds].map((feed) => feed.open().catch(ignoreGone)),
        ...[...this.#data].map((subscription) => this.#consumeData(subscription).catch(ignoreGone)),
      ]);
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    });
  }

  /** Publishes under the slot, or changes what is published there. */
  publish(request: PublishRequest): Promise<void> {
    return this.#inTurn(() => this.#publisher.publish(request));
  }

  unpublish(slot: string): Promise<void> {
    return this.#inTurn(() => this.#publisher.unpublish(slot));
  }

  setPaused(slot: string, paused: boolean): Promise<void> {
    return this.#inTurn(() => this.#publisher.setPaused(slot, paused));
  }

  /** The hub has silenced this slot already: stop sending, nothing to ask for. */
  async setPausedByHub(slot: string): Promise<void> {
    this.#publisher.pausedByHub(slot);
  }

  replaceTrack(slot: string, track: MediaStreamTrack): Promise<void> {
    return this.#inTurn(() => this.#publisher.replaceTrack(slot, track));
  }

  /** @throws {HubError} not_found when the feed is gone, unsupported_media when this browser cannot decode it */
  async subscribe(feed: Feed, options: { publisherClockOffsetMs: () => number | null }): Promise<RemoteFeed> {
    this.#refuseClosed();
    const remote = new RemoteFeed(feed, this.#feedHost, options.publisherClockOffsetMs);
    this.#feeds.add(remote);
    const epoch = this.#epoch;
    try {
      await remote.open();
    } catch (error) {
      if (epoch === this.#epoch || this.#closed) {
        remote.close();
        this.#refuseClosed();
        throw error;
      }
      // The transport went away for a rebuild, which opens this feed too.
    }
    this.#refuseClosed();
    return remote;
  }

  /** Messages of a data feed, whole; the returned function ends it. */
  async subscribeData(feed: Feed, onMessage: (message: ArrayBuffer) => void): Promise<() => void> {
    this.#refuseClosed();
    const subscription: DataSubscription = { feed, onMessage, consumer: null };
    this.#data.add(subscription);
    const epoch = this.#epoch;
    try {
      await this.#consumeData(subscription);
    } catch (error) {
      if (epoch === this.#epoch || this.#closed) {
        this.#data.delete(subscription);
        this.#refuseClosed();
        throw error;
      }
    }
    return () => {
      if (!this.#data.delete(subscription) || !subscription.consumer) return;
      subscription.consumer.close();
      this.#send('media.closeConsumer', { consumerId: subscription.consumer.id });
    };
  }

  handleNotice(notice: MediaNotice): void {
    for (const feed of this.#feeds) {
      if (feed.consumerId !== notice.data.consumerId) continue;
      if (notice.type === 'media.consumerClosed') feed.lost();
      else if (notice.type === 'media.consumerScore') feed.hearScore(notice.data.score);
      else feed.hearLayers(notice.data.spatialLayer, notice.data.temporalLayer);
    }
  }

  /** The worse one of the two transports that are in use. */
  get transportState(): LinkState {
    const order: LinkState[] = ['interrupted', 'connecting', 'connected', 'new'];
    if (this.#closed) return 'closed';
    return order.find((state) => this.#states.send === state || this.#states.receive === state) ?? 'new';
  }

  onTransportState(listener: (state: LinkState) => void): () => void {
    this.#stateListeners.add(listener);
    listener(this.transportState);
    return () => this.#stateListeners.delete(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#abort.abort();
    for (const feed of [...this.#feeds]) feed.close();
    this.#data.clear();
    this.#publisher.clear();
    this.#dropTransports();
    this.#stateListeners.clear();
  }

  // ——— receiving ———

  readonly #feedHost: FeedHost = {
    hubNowMs: () => this.#hubNowMs(),
    consume: (feed) => this.#consume(feed),
    setConsumer: (consumerId, change) => this.#signals('media.setConsumer', { consumerId, ...change }),
    requestKeyFrame: (consumerId) => this.#signals('media.requestKeyFrame', { consumerId }),
    closeConsumer: (consumerId) => this.#signals('media.closeConsumer', { consumerId }),
    closed: (feed) => this.#feeds.delete(feed),
  };

  async #consume(feed: Feed): Promise<Consumer> {
    const { transport } = await this.#link('receive');
    const { consumerId, producerId, kind, rtpParameters } = await this.#signals('media.consume', {
      transportId: transport.id,
      feedId: feed.feedId,
      rtpCapabilities: this.#device!.recvRtpCapabilities as never,
    });
    return transport.consume({
      id: consumerId,
      producerId,
      kind,
      rtpParameters: rtpParameters as never,
      // Browsers hold pictures back to fit the sound of the same stream: right for faces, wrong for a probe.
      streamId: feed.streamClass === 'face' || feed.streamClass === 'voice' ? feed.memberId : feed.feedId,
    });
  }

  async #consumeData(subscription: DataSubscription): Promise<void> {
    const { transport } = await this.#link('receive');
    const answer = await this.#signals('media.consumeData', {
      transportId: transport.id,
      feedId: subscription.feed.feedId,
    });
    const consumer = await transport.consumeData({
      id: answer.dataConsumerId,
      dataProducerId: answer.dataProducerId,
      sctpStreamParameters: answer.sctpStreamParameters as never,
      label: answer.label,
      protocol: answer.protocol,
    });
    if (!this.#data.has(subscription)) {
      consumer.close();
      this.#send('media.closeConsumer', { consumerId: consumer.id });
      return;
    }
    subscription.consumer = consumer;
    consumer.binaryType = 'arraybuffer';
    consumer.on('message', (message: unknown) => {
      if (message instanceof ArrayBuffer) subscription.onMessage(message);
    });
  }

  // ——— transports ———

  async #link(direction: 'send' | 'receive'): Promise<TransportLink> {
    this.#refuseClosed();
    const device = this.#device;
    if (!device) throw new HubError('out_of_order', 'the media session is not loaded');
    const epoch = this.#epoch;
    const opening = (this.#links[direction] ??= TransportLink.open({
      device,
      direction,
      signals: this.#signals,
      onState: (state) => {
        if (epoch === this.#epoch) this.#hearState(direction, state);
      },
      onGone: () => {
        // A rebuild that fails is out of date: whoever joins again starts the next one.
        if (epoch === this.#epoch) void this.rebuild().catch(() => undefined);
      },
    }));
    try {
      const link = await opening;
      if (epoch === this.#epoch) return link;
      link.close();
    } catch (error) {
      if (this.#links[direction] === opening) this.#links[direction] = null;
      throw error;
    }
    throw new Error('the media is being rebuilt');
  }

  #hearState(direction: 'send' | 'receive', state: LinkState): void {
    this.#states[direction] = state;
    const worst = this.transportState;
    for (const listener of this.#stateListeners) listener(worst);
  }

  #dropTransports(): void {
    this.#epoch++;
    for (const direction of ['send', 'receive'] as const) {
      void this.#links[direction]?.then((link) => link.close()).catch(() => undefined);
      this.#links[direction] = null;
      this.#hearState(direction, 'new');
    }
    for (const feed of this.#feeds) feed.lost();
    for (const subscription of this.#data) subscription.consumer = null;
    this.#publisher.dropped();
  }

  /** Another network than a moment ago: look for a new path before the old one times out. */
  #followNetwork(): void {
    const restart = () => {
      for (const link of Object.values(this.#links))
        void link?.then((one) => one.restartIce()).catch(() => undefined);
    };
    const { signal } = this.#abort;
    window.addEventListener('online', restart, { signal });
    (navigator as Navigator & { connection?: EventTarget }).connection?.addEventListener('change', restart, {
      signal,
    });
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      this.#refuseClosed();
      try {
        return await step();
      } catch (error) {
        // What breaks because of the closing is one and the same to the caller.
        this.#refuseClosed();
        throw error;
      }
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #send(type: 'media.closeConsumer', data: { consumerId: string }): void {
    void this.#signals(type, data).catch(() => undefined);
  }

  #refuseClosed(): void {
    if (this.#closed) throw new HubError('out_of_order', 'the media session is closed');
  }
}

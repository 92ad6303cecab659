import { EventEmitter } from 'node:events';
import type {
  Consumer,
  DataConsumer,
  DataProducer,
  DtlsParameters as MediasoupDtlsParameters,
  IceCandidate,
  Producer,
  Router,
  RtpCapabilities as MediasoupRtpCapabilities,
  RtpParameters as MediasoupRtpParameters,
  SctpStreamParameters as MediasoupSctpStreamParameters,
  WebRtcServer,
} from 'mediasoup/types';
import { HubError, type DtlsParameters } from '../signaling/contract/index.ts';
import { asHubErrors } from './media-errors.ts';
import { Session } from './session.ts';
import type {
  ConsumeOptions,
  ConsumerSettings,
  Direction,
  ProduceDataOptions,
  ProduceOptions,
  RoomMediaEvents,
  SessionFigures,
  TransportDescription,
} from './sfu-types.ts';
import { SpeakerWatch } from './speaker.ts';

/** Lets a clinical picture start at its full rate instead of mediasoup's 600 kbit/s. Ours. */
const INITIAL_OUTGOING_BITRATE_BPS = 4_000_000;
/** What one member may send over one transport; five clinical pictures at their most. Ours. */
const MAX_INCOMING_BITRATE_BPS = 30_000_000;
/** Vitals frames are below 1 kB; what is larger than this is no data feed of ours. */
const MAX_DATA_MESSAGE_BYTES = 64 * 1024;

export interface RoomMediaOptions {
  roomId: string;
  router: Router;
  webRtcServer: WebRtcServer;
  speaker: ConstructorParameters<typeof SpeakerWatch>[0];
  /** The candidates to tell clients, from those that mediasoup has. */
  announce: (candidates: IceCandidate[]) => IceCandidate[];
  maxConsumers: number;
}

/** The media of one room on one router. Whoever calls has authorised the member; this checks what belongs to whom. */
export class RoomMedia extends EventEmitter<RoomMediaEvents> {
  readonly roomId: string;
  readonly #router: Router;
  readonly #webRtcServer: WebRtcServer;
  readonly #announce: RoomMediaOptions['announce'];
  readonly #maxConsumers: number;
  readonly #speaker: SpeakerWatch;
  readonly #sessions = new Map<string, Session>();
  readonly #producers = new Map<string, Producer>();
  readonly #dataProducers = new Map<string, DataProducer>();
  #consumerCount = 0;

  constructor({ roomId, router, webRtcServer, speaker, announce, maxConsumers }: RoomMediaOptions) {
    super();
    this.roomId = roomId;
    this.#router = router;
    this.#webRtcServer = webRtcServer;
    this.#announce = announce;
    this.#maxConsumers = maxConsumers;
    this.#speaker = new SpeakerWatch(speaker, (sessionId) => this.#tell('activeSpeaker', sessionId));
  }

  get rtpCapabilities(): MediasoupRtpCapabilities {
    return this.#router.rtpCapabilities;
  }

  get closed(): boolean {
    return this.#router.closed;
  }

  get consumerCount(): number {
    return this.#consumerCount;
  }

  get producerCount(): number {
    return this.#producers.size + this.#dataProducers.size;
  }

  async createTransport(sessionId: string, direction: Direction): Promise<TransportDescription> {
    const session = this.#openSession(sessionId);
    const transport = await session.addTransport(direction, () =>
      asHubErrors(() =>
        this.#router.createWebRtcTransport({
          webRtcServer: this.#webRtcServer,
          enableUdp: true,
          enableTcp: true,
          preferUdp: true,
          enableSctp: true,
          maxReceiveMessageSize: MAX_DATA_MESSAGE_BYTES,
          maxSendMessageSize: MAX_DATA_MESSAGE_BYTES,
          initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BITRATE_BPS,
        }),
      ),
    );
    // The far end said goodbye, or never proved who it is: what runs over it ends too.
    transport.on('dtlsstatechange', (state) => {
      if (state === 'closed' || state === 'failed') transport.close();
    });
    if (direction === 'send') {
      await asHubErrors(() => transport.setMaxIncomingBitrate(MAX_INCOMING_BITRATE_BPS));
    }
    return {
      id: transport.id,
      iceParameters: transport.iceParameters,
      iceCandidates: this.#announce(transport.iceCandidates),
      dtlsParameters: transport.dtlsParameters,
      sctpParameters: transport.sctpParameters,
    };
  }

  async connectTransport(
    sessionId: string,
    transportId: string,
    dtlsParameters: DtlsParameters,
  ): Promise<void> {
    const transport = this.#session(sessionId).transport(transportId);
    // A worker asked to connect without a fingerprint dies of it: never let it through, whoever calls.
    if (!dtlsParameters?.fingerprints?.length) throw new HubError('invalid_message', 'no DTLS fingerprint');
    await asHubErrors(() => transport.connect({ dtlsParameters: dtlsParameters as MediasoupDtlsParameters }));
  }

  async restartIce(sessionId: string, transportId: string): Promise<TransportDescription['iceParameters']> {
    const transport = this.#session(sessionId).transport(transportId);
    return asHubErrors(() => transport.restartIce());
  }

  async closeTransport(sessionId: string, transportId: string): Promise<void> {
    this.#session(sessionId).transport(transportId).close();
  }

  async produce(sessionId: string, options: ProduceOptions): Promise<{ producerId: string }> {
    const session = this.#session(sessionId);
    const transport = session.transport(options.transportId, 'send');
    session.refuseTooManyProducers();
    const producer = await asHubErrors(() =>
      transport.produce({
        kind: options.kind,
        rtpParameters: options.rtpParameters as MediasoupRtpParameters,
        paused: options.paused,
        keyFrameRequestDelay: 500,
      }),
    );
    unlessOrphaned(producer, transport.closed);
    session.producers.set(producer.id, producer);
    this.#producers.set(producer.id, producer);
    producer.observer.once('close', () => {
      session.producers.delete(producer.id);
      this.#producers.delete(producer.id);
      this.#tell('producerClosed', { sessionId, producerId: producer.id });
    });
    producer.on('score', (scores) => {
      const score = Math.max(0, ...scores.map((one) => one.score));
      this.#tell('producerScore', { sessionId, producerId: producer.id, score });
    });
    if (producer.kind === 'audio') await asHubErrors(() => this.#speaker.add(sessionId, producer));
    return { producerId: producer.id };
  }

  async produceData(sessionId: string, options: ProduceDataOptions): Promise<{ dataProducerId: string }> {
    const session = this.#session(sessionId);
    const transport = session.transport(options.transportId, 'send');
    session.refuseTooManyProducers();
    const dataProducer = await asHubErrors(() =>
      transport.produceData({
        sctpStreamParameters: options.sctpStreamParameters as MediasoupSctpStreamParameters,
        label: options.label,
        protocol: options.sctpStreamParameters.protocol,
      }),
    );
    unlessOrphaned(dataProducer, transport.closed);
    session.dataProducers.set(dataProducer.id, dataProducer);
    this.#dataProducers.set(dataProducer.id, dataProducer);
    dataProducer.observer.once('close', () => {
      session.dataProducers.delete(dataProducer.id);
      this.#dataProducers.delete(dataProducer.id);
      this.#tell('producerClosed', { sessionId, producerId: dataProducer.id });
    });
    return { dataProducerId: dataProducer.id };
  }

  async pauseProducer(sessionId: string, producerId: string, paused: boolean): Promise<void> {
    const producer = owned(this.#session(sessionId).producers, producerId, 'producer');
    await asHubErrors(() => (paused ? producer.pause() : producer.resume()));
  }

  /** Also for data producers. */
  async closeProducer(sessionId: string, producerId: string): Promise<void> {
    const session = this.#session(sessionId);
    (session.dataProducers.get(producerId) ?? owned(session.producers, producerId, 'producer')).close();
  }

  /** The consumer starts paused; `setConsumer({paused: false})` starts it once the client is ready for it. */
  async consume(
    sessionId: string,
    { transportId, producerId, rtpCapabilities }: ConsumeOptions,
  ): Promise<{
    consumerId: string;
    producerId: string;
    kind: 'audio' | 'video';
    rtpParameters: MediasoupRtpParameters;
  }> {
    const session = this.#session(sessionId);
    const transport = session.transport(transportId, 'receive');
    const capabilities = rtpCapabilities as MediasoupRtpCapabilities;
    if (!this.#producers.has(producerId)) throw new HubError('not_found', 'no such producer in this room');
    if (!this.#router.canConsume({ producerId, rtpCapabilities: capabilities })) {
      throw new HubError('unsupported_media');
    }
    const consumer = await this.#withConsumerPlace(async () => {
      const made = await transport.consume({ producerId, rtpCapabilities: capabilities, paused: true });
      // The producer may have closed before anybody could listen for it.
      return unlessOrphaned(made, transport.closed || !this.#producers.has(producerId));
    });
    this.#watchConsumer(sessionId, session.consumers, consumer);
    consumer.on('score', ({ score, producerScore }) => {
      this.#tell('consumerScore', { sessionId, consumerId: consumer.id, score, producerScore });
    });
    consumer.on('layerschange', (layers) => {
      this.#tell('consumerLayers', {
        sessionId,
        consumerId: consumer.id,
        spatialLayer: layers?.spatialLayer ?? null,
        temporalLayer: layers?.temporalLayer ?? null,
      });
    });
    return {
      consumerId: consumer.id,
      producerId,
      kind: consumer.kind,
      rtpParameters: consumer.rtpParameters,
    };
  }

  async consumeData(
    sessionId: string,
    { transportId, dataProducerId }: { transportId: string; dataProducerId: string },
  ): Promise<{
    dataConsumerId: string;
    dataProducerId: string;
    sctpStreamParameters: MediasoupSctpStreamParameters;
    label: string;
    protocol: string;
  }> {
    const session = this.#session(sessionId);
    const transport = session.transport(transportId, 'receive');
    if (!this.#dataProducers.has(dataProducerId)) {
      throw new HubError('not_found', 'no such data producer in this room');
    }
    const consumer = await this.#withConsumerPlace(async () => {
      const made = await transport.consumeData({ dataProducerId });
      return unlessOrphaned(made, transport.closed || !this.#dataProducers.has(dataProducerId));
    });
    this.#watchConsumer(sessionId, session.dataConsumers, consumer);
    return {
      dataConsumerId: consumer.id,
      dataProducerId,
      sctpStreamParameters: consumer.sctpStreamParameters!,
      label: consumer.label,
      protocol: consumer.protocol,
    };
  }

  async setConsumer(sessionId: string, consumerId: string, settings: ConsumerSettings): Promise<void> {
    const consumer = owned(this.#session(sessionId).consumers, consumerId, 'consumer');
    await asHubErrors(async () => {
      if (settings.preferredLayers && consumer.type !== 'simple') {
        await consumer.setPreferredLayers(settings.preferredLayers);
      }
      if (settings.priority !== undefined) await consumer.setPriority(settings.priority);
      if (settings.paused === true) await consumer.pause();
      if (settings.paused === false) await consumer.resume();
    });
  }

  async requestKeyFrame(sessionId: string, consumerId: string): Promise<void> {
    const consumer = owned(this.#session(sessionId).consumers, consumerId, 'consumer');
    if (consumer.kind !== 'video') throw new HubError('invalid_message', 'sound has no key frames');
    await asHubErrors(() => consumer.requestKeyFrame());
  }

  /** Also for data consumers. */
  async closeConsumer(sessionId: string, consumerId: string): Promise<void> {
    const session = this.#session(sessionId);
    (session.dataConsumers.get(consumerId) ?? owned(session.consumers, consumerId, 'consumer')).close();
  }

  async stats(sessionId: string): Promise<SessionFigures> {
    const session = this.#sessions.get(sessionId);
    return session ? asHubErrors(() => session.figures()) : { transports: [], producers: [] };
  }

  async closeSession(sessionId: string): Promise<void> {
    this.#sessions.get(sessionId)?.close();
    this.#sessions.delete(sessionId);
  }

  close(): void {
    this.#router.close();
  }

  #openSession(sessionId: string): Session {
    if (this.closed) throw new HubError('unavailable', 'the media of this room is gone');
    let session = this.#sessions.get(sessionId);
    if (!session) {
      session = new Session(sessionId);
      this.#sessions.set(sessionId, session);
    }
    return session;
  }

  #session(sessionId: string): Session {
    if (this.closed) throw new HubError('unavailable', 'the media of this room is gone');
    const session = this.#sessions.get(sessionId);
    if (!session) throw new HubError('not_found', 'nothing of this media session is here');
    return session;
  }

  async #withConsumerPlace<T>(consume: () => Promise<T>): Promise<T> {
    if (this.#consumerCount >= this.#maxConsumers) throw new HubError('room_full');
    // Taken before the worker answers, so that many at once cannot pass together; kept until the consumer closes.
    this.#consumerCount++;
    try {
      return await asHubErrors(consume);
    } catch (error) {
      this.#consumerCount--;
      throw error;
    }
  }

  #watchConsumer<T extends Consumer | DataConsumer>(
    sessionId: string,
    owner: Map<string, T>,
    consumer: T,
  ): void {
    owner.set(consumer.id, consumer);
    const closed = () => {
      this.#consumerCount--;
      owner.delete(consumer.id);
    };
    const gone = () => this.#tell('consumerClosed', { sessionId, consumerId: consumer.id });
    if ('kind' in consumer) {
      consumer.observer.once('close', closed);
      consumer.on('producerclose', gone);
    } else {
      consumer.observer.once('close', closed);
      consumer.on('dataproducerclose', gone);
    }
  }

  #tell<E extends keyof RoomMediaEvents>(event: E, ...data: RoomMediaEvents[E]): void {
    // When the whole router is gone, `roomLost` or the closing of the room says it once for all.
    if (!this.#router.closed)
      (this.emit as (event: E, ...data: RoomMediaEvents[E]) => boolean).call(this, event, ...data);
  }
}

/** Closes and refuses what lost what it stands on while it was being made. */
function unlessOrphaned<T extends Producer | DataProducer | Consumer | DataConsumer>(
  made: T,
  orphaned: boolean,
): T {
  if (!made.closed && !orphaned) return made;
  made.close();
  throw new HubError('not_found', 'closed meanwhile');
}

function owned<T>(things: Map<string, T>, id: string, what: string): T {
  const thing = things.get(id);
  if (!thing) throw new HubError('not_found', `no such ${what} of yours`);
  return thing;
}

import { EventEmitter } from 'node:events';
import type {
  DtlsParameters as MediasoupDtlsParameters,
  IceCandidate,
  Router,
  RouterRtpCodecCapability,
  RtpCapabilities as MediasoupRtpCapabilities,
  WebRtcServer,
  WebRtcTransport,
} from 'mediasoup/types';
import { HubError, type DtlsParameters, type RtpCapabilities } from '../signaling/contract/index.ts';
import { asHubErrors } from './media-errors.ts';
import { RoomConsumers } from './room-consumers.ts';
import { RoomProducers } from './room-producers.ts';
import { Session } from './session.ts';
import type {
  ConsumeOptions,
  ConsumerSettings,
  Direction,
  LinkFigures,
  ProduceDataOptions,
  ProduceOptions,
  RoomMediaEvents,
  SessionFigures,
  Tell,
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
  /** Another router on the same worker. */
  sideRouter: (codecs: RouterRtpCodecCapability[]) => Promise<Router>;
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
  readonly #newSideRouter: RoomMediaOptions['sideRouter'];
  readonly #producers: RoomProducers;
  readonly #consumers: RoomConsumers;
  readonly #sessions = new Map<string, Session>();

  constructor(options: RoomMediaOptions) {
    super();
    const { roomId, router, webRtcServer, speaker, announce, maxConsumers } = options;
    this.roomId = roomId;
    this.#router = router;
    this.#webRtcServer = webRtcServer;
    this.#announce = announce;
    this.#newSideRouter = options.sideRouter;
    const tell: Tell = (event, ...data) => this.#tell(event, ...data);
    const speakerWatch = new SpeakerWatch(speaker, (sessionId) => tell('activeSpeaker', sessionId));
    this.#producers = new RoomProducers(tell, speakerWatch);
    this.#consumers = new RoomConsumers({ router, producers: this.#producers, tell, max: maxConsumers });
  }

  get rtpCapabilities(): MediasoupRtpCapabilities {
    return this.#router.rtpCapabilities;
  }

  get closed(): boolean {
    return this.#router.closed;
  }

  get consumerCount(): number {
    return this.#consumers.count;
  }

  get producerCount(): number {
    return this.#producers.count;
  }

  /** `codecs`: what is received over it bears the payload types that the receiver has given them. */
  async createTransport(
    sessionId: string,
    direction: Direction,
    codecs?: RtpCapabilities['codecs'],
  ): Promise<TransportDescription> {
    const session = this.#openSession(sessionId);
    const transport = await session.addTransport(direction, () =>
      asHubErrors(() => this.#makeTransport(codecs)),
    );
    this.#watchTransport(sessionId, transport);
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

  async #makeTransport(codecs: RtpCapabilities['codecs'] | undefined) {
    const sideRouter = codecs ? await this.#newSideRouter(codecs as RouterRtpCodecCapability[]) : null;
    try {
      const transport = await (sideRouter ?? this.#router).createWebRtcTransport({
        webRtcServer: this.#webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        enableSctp: true,
        maxReceiveMessageSize: MAX_DATA_MESSAGE_BYTES,
        maxSendMessageSize: MAX_DATA_MESSAGE_BYTES,
        initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BITRATE_BPS,
      });
      return { transport, sideRouter };
    } catch (error) {
      sideRouter?.close();
      throw error;
    }
  }

  #watchTransport(sessionId: string, transport: WebRtcTransport): void {
    const tell = (state: 'connected' | 'disconnected' | 'closed') =>
      this.#tell('transportState', { sessionId, transportId: transport.id, state });
    transport.on('icestatechange', (state) => {
      if (state === 'disconnected') tell('disconnected');
      else if (state === 'connected' || state === 'completed') tell('connected');
    });
    // The far end said goodbye, or never proved who it is: what runs over it ends too.
    transport.on('dtlsstatechange', (state) => {
      if (state === 'closed' || state === 'failed') transport.close();
    });
    transport.observer.once('close', () => tell('closed'));
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
    return this.#producers.produce(this.#session(sessionId), options);
  }

  async produceData(sessionId: string, options: ProduceDataOptions): Promise<{ dataProducerId: string }> {
    return this.#producers.produceData(this.#session(sessionId), options);
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
  async consume(sessionId: string, options: ConsumeOptions): ReturnType<RoomConsumers['consume']> {
    return this.#consumers.consume(this.#session(sessionId), options);
  }

  async consumeData(
    sessionId: string,
    options: { transportId: string; dataProducerId: string },
  ): ReturnType<RoomConsumers['consumeData']> {
    return this.#consumers.consumeData(this.#session(sessionId), options);
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
    return session
      ? asHubErrors(() => session.figures())
      : { transports: [], producers: [], dataProducers: [] };
  }

  /** Null when the member has no media. */
  async link(sessionId: string): Promise<LinkFigures | null> {
    const session = this.#sessions.get(sessionId);
    return session ? asHubErrors(() => session.link()) : null;
  }

  async closeSession(sessionId: string): Promise<void> {
    this.#sessions.get(sessionId)?.close();
    this.#sessions.delete(sessionId);
  }

  close(): void {
    this.#router.close();
    // What is on side routers does not go with the room's.
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
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

  #tell<E extends keyof RoomMediaEvents>(event: E, ...data: RoomMediaEvents[E]): void {
    // When the whole router is gone, `roomLost` or the closing of the room says it once for all.
    if (!this.#router.closed)
      (this.emit as (event: E, ...data: RoomMediaEvents[E]) => boolean).call(this, event, ...data);
  }
}

function owned<T>(things: Map<string, T>, id: string, what: string): T {
  const thing = things.get(id);
  if (!thing) throw new HubError('not_found', `no such ${what} of yours`);
  return thing;
}

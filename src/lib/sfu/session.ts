import type {
  Consumer,
  DataConsumer,
  DataProducer,
  Producer,
  Router,
  WebRtcTransport,
} from 'mediasoup/types';
import { HubError } from '../signaling/contract/index.ts';
import type { Direction, LinkFigures, SessionFigures } from './sfu-types.ts';

/** Ours: a browser has one transport a direction, a box one a picture; the rest is room for a change-over. */
const MAX_TRANSPORTS = 16;
const MAX_PRODUCERS = 32;

interface OwnTransport {
  transport: WebRtcTransport;
  direction: Direction;
  /** Where it is, when that is not the room's own router. */
  sideRouter: Router | null;
}

/**
 * All that one member has on one router. It is the ownership check: an id that is not in here is `not_found`, whether
 * it exists elsewhere or not.
 */
export class Session {
  readonly sessionId: string;
  readonly producers = new Map<string, Producer>();
  readonly dataProducers = new Map<string, DataProducer>();
  readonly consumers = new Map<string, Consumer>();
  readonly dataConsumers = new Map<string, DataConsumer>();
  readonly #transports = new Map<string, OwnTransport>();
  #transportsInTheMaking = 0;
  #closed = false;

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  get closed(): boolean {
    return this.#closed;
  }

  async addTransport(
    direction: Direction,
    make: () => Promise<{ transport: WebRtcTransport; sideRouter: Router | null }>,
  ): Promise<WebRtcTransport> {
    if (this.#transports.size + this.#transportsInTheMaking >= MAX_TRANSPORTS) {
      throw new HubError('room_full', 'too many transports of one member');
    }
    this.#transportsInTheMaking++;
    try {
      const { transport, sideRouter } = await make();
      transport.observer.once('close', () => sideRouter?.close());
      if (this.#closed) {
        transport.close();
        throw new HubError('out_of_order', 'the media session is over');
      }
      this.#transports.set(transport.id, { transport, direction, sideRouter });
      transport.observer.once('close', () => this.#transports.delete(transport.id));
      return transport;
    } finally {
      this.#transportsInTheMaking--;
    }
  }

  /** @throws {HubError} not_found; invalid_message when it is one of the other direction */
  transport(transportId: string, direction?: Direction): WebRtcTransport {
    const entry = this.#transports.get(transportId);
    if (!entry) throw new HubError('not_found', 'no such transport of yours');
    if (direction && entry.direction !== direction) {
      throw new HubError('invalid_message', `this transport does not ${direction}`);
    }
    return entry.transport;
  }

  sideRouterOf(transportId: string): Router | null {
    return this.#transports.get(transportId)?.sideRouter ?? null;
  }

  refuseTooManyProducers(): void {
    if (this.producers.size + this.dataProducers.size >= MAX_PRODUCERS) {
      throw new HubError('room_full', 'too many producers of one member');
    }
  }

  close(): void {
    this.#closed = true;
    // Closing a transport closes all that runs over it.
    for (const { transport } of [...this.#transports.values()]) transport.close();
  }

  async link(): Promise<LinkFigures> {
    const videos = [...this.producers.values()].filter(({ kind }) => kind === 'video');
    const [sent, received, transports] = await Promise.all([
      Promise.all(videos.map((producer) => producer.getStats())),
      Promise.all([...this.consumers.values()].map((consumer) => consumer.getStats())),
      Promise.all([...this.#transports.values()].map(({ transport }) => transport.getStats())),
    ]);
    // A consumer's figures name its producer's too, which came another way.
    const toMember = received.flat().filter(({ type }) => type === 'outbound-rtp');
    const rttMs = Math.max(0, ...[...sent.flat(), ...toMember].map((stream) => stream.roundTripTime ?? 0));
    return {
      rttMs: rttMs > 0 ? rttMs : null,
      pictures: videos.map(({ id }, index) => ({
        producerId: id,
        bytes: (sent[index] ?? []).reduce((sum, { byteCount }) => sum + byteCount, 0),
      })),
      receivedBytes: transports.flat().reduce((sum, { bytesReceived }) => sum + bytesReceived, 0),
    };
  }

  async figures(): Promise<SessionFigures> {
    const producers = await Promise.all(
      [...this.producers.values()].map(async (producer) => {
        const streams = await producer.getStats();
        const scores = producer.score.map(({ score }) => score);
        return {
          producerId: producer.id,
          score: Math.max(0, ...scores),
          bitrateKbps: Math.round(streams.reduce((sum, stream) => sum + stream.bitrate, 0) / 1000),
          lossFraction: Math.max(0, ...streams.map((stream) => stream.fractionLost / 256)),
          rttMs: Math.max(0, ...streams.map((stream) => stream.roundTripTime ?? 0)),
        };
      }),
    );
    const consumerStats = await Promise.all(
      [...this.consumers.values()].map((consumer) => consumer.getStats()),
    );
    const receiveRttMs = Math.max(0, ...consumerStats.flat().map((stream) => stream.roundTripTime ?? 0));
    const sendRttMs = Math.max(0, ...producers.map(({ rttMs }) => rttMs));
    const transports = await Promise.all(
      [...this.#transports.values()].map(async ({ transport, direction }) => {
        const [stat] = await transport.getStats();
        const available =
          direction === 'send' ? stat?.availableIncomingBitrate : stat?.availableOutgoingBitrate;
        const rttMs = direction === 'send' ? sendRttMs : receiveRttMs;
        return {
          transportId: transport.id,
          direction,
          availableBitrateKbps: available ? Math.round(available / 1000) : null,
          sendBitrateKbps: Math.round((stat?.sendBitrate ?? 0) / 1000),
          recvBitrateKbps: Math.round((stat?.recvBitrate ?? 0) / 1000),
          rttMs: rttMs > 0 ? rttMs : null,
        };
      }),
    );
    const dataProducers = await Promise.all(
      [...this.dataProducers.values()].map(async (dataProducer) => {
        const [stat] = await dataProducer.getStats();
        return { producerId: dataProducer.id, messagesReceived: stat?.messagesReceived ?? 0 };
      }),
    );
    return {
      transports,
      producers: producers.map(({ rttMs: _rttMs, ...figures }) => figures),
      dataProducers,
    };
  }
}

import type {
  Consumer,
  DataConsumer,
  Router,
  RtpCapabilities as MediasoupRtpCapabilities,
  RtpParameters as MediasoupRtpParameters,
  SctpStreamParameters as MediasoupSctpStreamParameters,
} from 'mediasoup/types';
import { HubError } from '../signaling/contract/index.ts';
import { asHubErrors } from './media-errors.ts';
import { unlessOrphaned } from './orphans.ts';
import type { RoomProducers } from './room-producers.ts';
import type { Session } from './session.ts';
import type { ConsumeOptions, Tell } from './sfu-types.ts';

/** What is received in one room, up to the room's limit. */
export class RoomConsumers {
  readonly #router: Router;
  readonly #producers: RoomProducers;
  readonly #tell: Tell;
  readonly #max: number;
  #count = 0;

  constructor(options: { router: Router; producers: RoomProducers; tell: Tell; max: number }) {
    this.#router = options.router;
    this.#producers = options.producers;
    this.#tell = options.tell;
    this.#max = options.max;
  }

  get count(): number {
    return this.#count;
  }

  /** The consumer starts paused; `setConsumer({paused: false})` starts it once the client is ready for it. */
  async consume(
    session: Session,
    { transportId, producerId, rtpCapabilities }: ConsumeOptions,
  ): Promise<{
    consumerId: string;
    producerId: string;
    kind: 'audio' | 'video';
    rtpParameters: MediasoupRtpParameters;
  }> {
    const { sessionId } = session;
    const transport = session.transport(transportId, 'receive');
    const capabilities = rtpCapabilities as MediasoupRtpCapabilities;
    if (!this.#producers.has(producerId)) throw new HubError('not_found', 'no such producer in this room');
    const sideRouter = session.sideRouterOf(transportId);
    const sourceId = sideRouter ? await this.#pipeTo(sideRouter, producerId) : producerId;
    if (!(sideRouter ?? this.#router).canConsume({ producerId: sourceId, rtpCapabilities: capabilities })) {
      throw new HubError('unsupported_media');
    }
    const consumer = await this.#withPlace(async () => {
      const made = await transport.consume({
        producerId: sourceId,
        rtpCapabilities: capabilities,
        paused: true,
      });
      // The producer may have closed before anybody could listen for it.
      return unlessOrphaned(made, transport.closed || !this.#producers.has(producerId));
    });
    this.#watch(sessionId, session.consumers, consumer);
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

  /** Over a side router the picture comes with the receiver's own payload types. */
  async #pipeTo(sideRouter: Router, producerId: string): Promise<string> {
    // Both are on one worker, where an id is taken once.
    const { pipeProducer } = await asHubErrors(() =>
      this.#router.pipeToRouter({ producerId, router: sideRouter, keepId: false }),
    );
    return pipeProducer!.id;
  }

  async consumeData(
    session: Session,
    { transportId, dataProducerId }: { transportId: string; dataProducerId: string },
  ): Promise<{
    dataConsumerId: string;
    dataProducerId: string;
    sctpStreamParameters: MediasoupSctpStreamParameters;
    label: string;
    protocol: string;
  }> {
    const { sessionId } = session;
    const transport = session.transport(transportId, 'receive');
    if (!this.#producers.hasData(dataProducerId)) {
      throw new HubError('not_found', 'no such data producer in this room');
    }
    const consumer = await this.#withPlace(async () => {
      const made = await transport.consumeData({ dataProducerId });
      return unlessOrphaned(made, transport.closed || !this.#producers.hasData(dataProducerId));
    });
    this.#watch(sessionId, session.dataConsumers, consumer);
    return {
      dataConsumerId: consumer.id,
      dataProducerId,
      sctpStreamParameters: consumer.sctpStreamParameters!,
      label: consumer.label,
      protocol: consumer.protocol,
    };
  }

  async #withPlace<T>(consume: () => Promise<T>): Promise<T> {
    if (this.#count >= this.#max) throw new HubError('room_full');
    // Taken before the worker answers, so that many at once cannot pass together; kept until the consumer closes.
    this.#count++;
    try {
      return await asHubErrors(consume);
    } catch (error) {
      this.#count--;
      throw error;
    }
  }

  #watch<T extends Consumer | DataConsumer>(sessionId: string, owner: Map<string, T>, consumer: T): void {
    owner.set(consumer.id, consumer);
    const closed = () => {
      this.#count--;
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
}

import type {
  DataProducer,
  Producer,
  RtpParameters as MediasoupRtpParameters,
  SctpStreamParameters as MediasoupSctpStreamParameters,
} from 'mediasoup/types';
import { asHubErrors } from './media-errors.ts';
import { unlessOrphaned } from './orphans.ts';
import type { Session } from './session.ts';
import type { ProduceDataOptions, ProduceOptions, Tell } from './sfu-types.ts';
import type { SpeakerWatch } from './speaker.ts';

/** What is published in one room, whoever publishes it. */
export class RoomProducers {
  readonly #tell: Tell;
  readonly #speaker: SpeakerWatch;
  readonly #producers = new Map<string, Producer>();
  readonly #dataProducers = new Map<string, DataProducer>();

  constructor(tell: Tell, speaker: SpeakerWatch) {
    this.#tell = tell;
    this.#speaker = speaker;
  }

  get count(): number {
    return this.#producers.size + this.#dataProducers.size;
  }

  has(producerId: string): boolean {
    return this.#producers.has(producerId);
  }

  hasData(dataProducerId: string): boolean {
    return this.#dataProducers.has(dataProducerId);
  }

  async produce(session: Session, options: ProduceOptions): Promise<{ producerId: string }> {
    const { sessionId } = session;
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

  async produceData(session: Session, options: ProduceDataOptions): Promise<{ dataProducerId: string }> {
    const { sessionId } = session;
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
}

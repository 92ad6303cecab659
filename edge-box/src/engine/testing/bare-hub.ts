import { createWorker } from 'mediasoup';
import type { types } from 'mediasoup';
import type { ReceiveSignals } from '../../talk-back/receive-connection.ts';
import type { HubTransport, MediaSignals } from '../engine.ts';

/** A real mediasoup worker behind the engine's port, without the hub around it: for tests and benches of the engine alone. */
export class BareHub {
  readonly worker: types.Worker;
  readonly router: types.Router;
  readonly transports = new Map<string, types.WebRtcTransport>();
  readonly producers = new Map<string, types.Producer>();
  readonly dataProducers = new Map<string, types.DataProducer>();
  readonly consumers = new Map<string, types.Consumer>();

  readonly #ip: string;

  private constructor(worker: types.Worker, router: types.Router, ip: string) {
    this.worker = worker;
    this.router = router;
    this.#ip = ip;
  }

  /** `ip`: where media is listened for; `workerBin`: another way to start the worker than the usual one. */
  static async start({
    ip = '127.0.0.1',
    workerBin = process.env['MEDIASOUP_WORKER_BIN'],
  }: { ip?: string; workerBin?: string | undefined } = {}): Promise<BareHub> {
    const worker = await createWorker({ logLevel: 'error', ...(workerBin ? { workerBin } : {}) });
    const router = await worker.createRouter({
      mediaCodecs: [
        { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
        { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
        {
          kind: 'video',
          mimeType: 'video/H264',
          clockRate: 90_000,
          parameters: {
            'packetization-mode': 1,
            'profile-level-id': '42e01f',
            'level-asymmetry-allowed': 1,
          },
        },
      ],
    });
    return new BareHub(worker, router, ip);
  }

  async createTransport(): Promise<types.WebRtcTransport> {
    const transport = await this.router.createWebRtcTransport({
      listenInfos: [{ protocol: 'udp', ip: this.#ip }],
      enableSctp: true,
      initialAvailableOutgoingBitrate: 8_000_000,
    });
    this.transports.set(transport.id, transport);
    return transport;
  }

  /** The engine's way in. */
  readonly signals: MediaSignals = {
    routerRtpCapabilities: () => ({ ...this.router.rtpCapabilities }),
    createTransport: async () => {
      const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } =
        await this.createTransport();
      return { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } as HubTransport;
    },
    connectTransport: async (id, dtlsParameters) => {
      await this.#transport(id).connect({ dtlsParameters: dtlsParameters as types.DtlsParameters });
    },
    produce: async ({ transportId, slot, kind, rtpParameters }) => {
      const parameters = rtpParameters as types.RtpParameters;
      const producer = await this.#transport(transportId).produce({ kind, rtpParameters: parameters });
      this.producers.set(slot, producer);
      return { producerId: producer.id };
    },
    produceData: async ({ transportId, slot, label, sctpStreamParameters }) => {
      const options = { label, sctpStreamParameters };
      const dataProducer = await this.#transport(transportId).produceData(options);
      this.dataProducers.set(slot, dataProducer);
      return { dataProducerId: dataProducer.id };
    },
    closeTransport: async (id) => this.#transport(id).close(),
  };

  /** The way in of who listens. A feed's id is its slot. */
  readonly receiveSignals: ReceiveSignals = {
    ...this.signals,
    consume: async (transportId, feedId) => {
      const { id, rtpParameters } = await this.consume(transportId, feedId, this.router.rtpCapabilities);
      return { consumerId: id, ssrc: rtpParameters.encodings?.[0]?.ssrc ?? 0 };
    },
    resume: async (consumerId) => this.consumers.get(consumerId)?.resume(),
    closeConsumer: async (consumerId) => this.consumers.get(consumerId)?.close(),
  };

  async consume(
    transportId: string,
    slot: string,
    rtpCapabilities: types.RtpCapabilities,
  ): Promise<types.Consumer> {
    const producer = this.producers.get(slot);
    if (!producer) throw new Error('no such feed');
    const options = { producerId: producer.id, rtpCapabilities, paused: true };
    const consumer = await this.#transport(transportId).consume(options);
    this.consumers.set(consumer.id, consumer);
    return consumer;
  }

  #transport(id: string): types.WebRtcTransport {
    const transport = this.transports.get(id);
    if (!transport) throw new Error('no such transport');
    return transport;
  }

  close(): void {
    this.worker.close();
  }
}

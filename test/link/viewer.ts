import type { types } from 'mediasoup';
import type { BareHub } from '../../edge-box/src/engine/testing/bare-hub.ts';
import { PageHost } from './page-host.ts';
import type { SeenFrame } from './viewer-page.ts';

/** A real Chromium on a clean path to the hub. It follows a feed to whatever producer sends it now, as a room's page does. */
export class LinkViewer {
  readonly #host: PageHost;
  readonly #transport: types.WebRtcTransport;
  readonly #rtpCapabilities: types.RtpCapabilities;
  #consumer: types.Consumer | undefined;

  private constructor(
    host: PageHost,
    transport: types.WebRtcTransport,
    rtpCapabilities: types.RtpCapabilities,
  ) {
    this.#host = host;
    this.#transport = transport;
    this.#rtpCapabilities = rtpCapabilities;
  }

  static async open(hub: BareHub): Promise<LinkViewer> {
    const transport = await hub.createTransport();
    const host = await PageHost.open(new URL('./viewer-page.ts', import.meta.url), {
      hubConnect: (dtlsParameters: types.DtlsParameters) => transport.connect({ dtlsParameters }),
      hubKeyFrame: () => viewer.keyFrame(),
    });
    const viewer = new LinkViewer(host, transport, await host.call('load', hub.router.rtpCapabilities));
    return viewer;
  }

  async keyFrame(): Promise<void> {
    if (this.#consumer && !this.#consumer.closed) await this.#consumer.requestKeyFrame();
  }

  async follow(producer: types.Producer): Promise<void> {
    const transport = this.#transport;
    const rtpCapabilities = this.#rtpCapabilities;
    const consumer = await transport.consume({ producerId: producer.id, rtpCapabilities, paused: true });
    this.#consumer = consumer;
    const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } = transport;
    await this.#host.call(
      'consume',
      { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters },
      {
        id: consumer.id,
        producerId: producer.id,
        kind: consumer.kind,
        rtpParameters: consumer.rtpParameters,
        // A stream of its own for each, so that nothing waits for anything.
        streamId: consumer.id,
      },
    );
    await consumer.resume();
  }

  take(): Promise<SeenFrame[]> {
    return this.#host.call('take');
  }

  async close(): Promise<void> {
    await this.#host.close();
  }
}

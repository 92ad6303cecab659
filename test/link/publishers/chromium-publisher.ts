import type { types } from 'mediasoup';
import type { DtlsParameters, RtpParameters } from '../../../edge-box/src/engine/engine.ts';
import { PageHost } from '../page-host.ts';
import { SLOT } from './publisher.ts';
import type { Publisher, PublisherPlace } from './publisher.ts';

const ESTIMATE_EVERY_MS = 250;

/** A headless Chromium, not the viewer's. */
export class ChromiumPublisher implements Publisher {
  readonly #place: PublisherPlace;
  publishedAtMs: number | null = null;
  #host: PageHost | undefined;
  #estimateTimer: NodeJS.Timeout | undefined;
  #estimateKbps: number | null = null;

  constructor(place: PublisherPlace) {
    this.#place = place;
  }

  async start(): Promise<void> {
    const { hub, signals } = this.#place;
    const transport = await signals.createTransport();
    const restart = () => (hub.transports.get(transport.id) as types.WebRtcTransport).restartIce();
    const host = await PageHost.open(new URL('./chromium-page.ts', import.meta.url), {
      hubConnect: (dtlsParameters: DtlsParameters) => signals.connectTransport(transport.id, dtlsParameters),
      hubProduce: async (rtpParameters: RtpParameters) => {
        const { producerId } = await signals.produce({
          transportId: transport.id,
          slot: SLOT,
          kind: 'video',
          streamClass: 'clinical',
          label: '',
          rtpParameters,
        });
        return producerId;
      },
      hubRestartIce: restart,
    });
    this.#host = host;
    this.publishedAtMs = this.#place.clock.nowMs();
    await host.call('publish', hub.router.rtpCapabilities, transport);
    this.#estimateTimer = setInterval(() => {
      host.call<number | null>('estimateKbps').then(
        (kbps) => {
          this.#estimateKbps = kbps;
        },
        // Closed meanwhile.
        () => undefined,
      );
    }, ESTIMATE_EVERY_MS);
  }

  get estimateKbps(): number | null {
    return this.#estimateKbps;
  }

  async stop(): Promise<void> {
    clearInterval(this.#estimateTimer);
    await this.#host?.close();
  }
}

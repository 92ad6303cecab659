import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import type {
  DtlsParameters,
  EngineConfig,
  ProduceDataRequest,
  ProduceRequest,
  VideoFeedConfig,
} from '../engine.ts';
import type { MediaSignals } from '../engine.ts';

/** What the engine's process asks of the hub; the parent has the line. */
export type PublicationSignals = Pick<
  MediaSignals,
  'createTransport' | 'connectTransport' | 'produce' | 'produceData'
>;

/** The tracks by slot; they outlive connections. */
export type Tracks = ReadonlyMap<string, MediaStreamTrack>;

const CONNECT_TIMEOUT_MS = 10_000;
/** Enough for a first picture that is not a mosaic; a start far below what the size needs never recovers. */
const START_BITS_PER_PIXEL = 0.07;
/** Each layer of a simulcast has half the lines of the next, and about a third of its bits. */
const LAYER_BITRATE_PARTS = [0.08, 0.25, 0.67];

/** What the hub is told of a feed beside its media. */
const describedBy = ({ slot, streamClass, label, modality, laterality }: VideoFeedConfig) => ({
  slot,
  streamClass,
  label,
  modality,
  laterality,
});

/** One connection to the hub with everything the box publishes on it. */
export class Publication {
  readonly #transport: types.Transport;
  readonly #producers = new Map<string, types.Producer>();
  #vitals: types.DataProducer | undefined;
  #closed = false;

  private constructor(transport: types.Transport) {
    this.#transport = transport;
  }

  /** Opens transport, connection and producers; rejects, with everything closed again, when any of it fails. */
  static async open(
    config: EngineConfig,
    tracks: Tracks,
    routerRtpCapabilities: types.RtpCapabilities,
    signals: PublicationSignals,
    lost: (reason: string) => void,
  ): Promise<Publication> {
    const device = await Device.factory({ handlerName: 'Chrome111' });
    await device.load({ routerRtpCapabilities });
    const transport = device.createSendTransport(
      (await signals.createTransport()) as unknown as types.TransportOptions,
    );
    carrySignals(transport, signals);
    const publication = new Publication(transport);
    let open = false;
    const connected = whenConnected(transport, (reason) => {
      if (open && !publication.#closed) lost(reason);
    });
    // A failure before anyone waits for it must not count as unhandled.
    connected.catch(() => undefined);
    try {
      await publication.#produceAll(config, tracks, vp8Of(device));
      await connected;
      open = true;
      return publication;
    } catch (error) {
      publication.close();
      throw error;
    }
  }

  async #produceAll(config: EngineConfig, tracks: Tracks, codec: types.RtpCodecCapability): Promise<void> {
    const startKbps = config.video.reduce((sum, feed) => sum + startKbpsOf(feed), 0);
    const video = config.video.map((feed) => ({
      slot: feed.slot,
      appData: describedBy(feed),
      codec,
      encodings: encodingsOf(feed),
      codecOptions: { videoGoogleStartBitrate: startKbps },
    }));
    const audio = config.audio
      ? [
          {
            slot: config.audio.slot,
            appData: { slot: config.audio.slot, streamClass: 'voice', label: config.audio.label },
            codecOptions: { opusFec: true, opusMaxAverageBitrate: config.audio.bitrateKbps * 1000 },
          },
        ]
      : [];
    for (const { slot, ...options } of [...video, ...audio]) {
      const track = tracks.get(slot);
      if (!track) throw new Error(`no track for ${slot}`);
      const producer = await this.#transport.produce({
        ...options,
        track,
        stopTracks: false,
        // A pause takes the encoder away instead of sending black: see requestKeyFrame.
        disableTrackOnPause: false,
        zeroRtpOnPause: true,
      });
      this.#producers.set(slot, producer);
    }
    if (config.vitalsSlot === null) return;
    this.#vitals = await this.#transport.produceData({
      ordered: true,
      label: '监护 Vitals',
      appData: { slot: config.vitalsSlot },
    });
  }

  get vitalsOpen(): boolean {
    return this.#vitals?.readyState === 'open';
  }

  get vitalsBufferedBytes(): number {
    return this.#vitals?.bufferedAmount ?? 0;
  }

  sendVitals(message: Uint8Array): void {
    if (this.vitalsOpen) this.#vitals?.send(message as Uint8Array<ArrayBuffer>);
  }

  /** libwebrtc has no call for it. Its encoder, taken away and given back by two quick negotiations, starts with one. */
  requestKeyFrame(slot: string): void {
    const producer = this.#producers.get(slot);
    producer?.pause();
    producer?.resume();
  }

  statistics(): Promise<RTCStatsReport> {
    return this.#transport.getStats();
  }

  close(): void {
    this.#closed = true;
    this.#transport.close();
  }
}

function vp8Of(device: types.Device): types.RtpCodecCapability {
  const codec = device.sendRtpCapabilities.codecs?.find(({ mimeType }) => /^video\/vp8$/i.test(mimeType));
  if (!codec) throw new Error('the hub takes no VP8, and this engine has no H.264');
  return codec;
}

function startKbpsOf({ source, maxBitrateKbps }: VideoFeedConfig): number {
  const kbps = (source.width * source.height * source.framesPerSecond * START_BITS_PER_PIXEL) / 1000;
  return Math.round(Math.min(maxBitrateKbps, kbps));
}

function encodingsOf({
  maxBitrateKbps,
  simulcastLayers = 1,
}: VideoFeedConfig): types.RtpEncodingParameters[] {
  if (simulcastLayers === 1) return [{ maxBitrate: maxBitrateKbps * 1000, scalabilityMode: 'L1T1' }];
  const parts = LAYER_BITRATE_PARTS.slice(-simulcastLayers);
  const whole = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part, i) => ({
    scaleResolutionDownBy: 2 ** (simulcastLayers - 1 - i),
    maxBitrate: Math.round((maxBitrateKbps * 1000 * part) / whole),
    scalabilityMode: 'L1T1',
  }));
}

/** mediasoup-client's questions to the hub, over the engine's signals. */
function carrySignals(transport: types.Transport, signals: PublicationSignals): void {
  const transportId = transport.id;
  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    signals.connectTransport(transportId, dtlsParameters as DtlsParameters).then(done, failed);
  });
  transport.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
    const notes = appData as Pick<ProduceRequest, 'slot' | 'streamClass' | 'label'>;
    const parameters = rtpParameters as unknown as ProduceRequest['rtpParameters'];
    signals
      .produce({ ...notes, transportId, kind, rtpParameters: parameters })
      .then(({ producerId: id }) => done({ id }), failed);
  });
  transport.on('producedata', ({ sctpStreamParameters, label = '', appData }, done, failed) => {
    const { streamId } = sctpStreamParameters as { streamId: number };
    const { slot } = appData as Pick<ProduceDataRequest, 'slot'>;
    signals
      .produceData({ transportId, slot, label, sctpStreamParameters: { streamId, ordered: true } })
      .then(({ dataProducerId: id }) => done({ id }), failed);
  });
}

function whenConnected(transport: types.Transport, ended: (reason: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no connection to the hub in time')), CONNECT_TIMEOUT_MS);
    transport.on('connectionstatechange', (state) => {
      if (state === 'connected') {
        clearTimeout(timer);
        resolve();
      } else if (state === 'failed' || state === 'disconnected' || state === 'closed') {
        clearTimeout(timer);
        reject(new Error(`connection ${state}`));
        ended(`connection ${state}`);
      }
    });
  });
}

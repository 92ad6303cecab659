import type { types } from 'mediasoup';
import { PictureDecoder } from '../../media/testing/picture-decoder.ts';
import type { Picture } from '../../media/testing/picture-decoder.ts';
import { rtpHeaderLength } from '../native/rtp-packet.ts';
import type { BareHub } from './bare-hub.ts';

const START_CODE = Buffer.from([0, 0, 0, 1]);
const IDR = 5;
const STAP_A = 24;
const FU_A = 28;

/** One packet's part of an H.264 picture, in Annex B (RFC 6184). */
function h264Part(payload: Buffer): Buffer {
  const [first = 0, second = 0] = payload;
  const kind = first & 0x1f;
  if (kind === FU_A) {
    const header = Buffer.from([(first & 0xe0) | (second & 0x1f)]);
    return Buffer.concat([...(second & 0x80 ? [START_CODE, header] : []), payload.subarray(2)]);
  }
  if (kind !== STAP_A) return Buffer.concat([START_CODE, payload]);
  const units: Buffer[] = [];
  for (let at = 1; at + 2 <= payload.length; at += 2 + payload.readUInt16BE(at))
    units.push(START_CODE, payload.subarray(at + 2, at + 2 + payload.readUInt16BE(at)));
  return Buffer.concat(units);
}

/** One packet's part of a VP8 picture: what is behind the payload descriptor (RFC 7741). */
function vp8Part(payload: Buffer): Buffer {
  const [first = 0, second = 0, third = 0] = payload;
  if (!(first & 0x80)) return payload.subarray(1);
  const pictureId = second & 0x80 ? (third & 0x80 ? 2 : 1) : 0;
  return payload.subarray(2 + pictureId + (second & 0x40 ? 1 : 0) + (second & 0x30 ? 1 : 0));
}

const CODECS = {
  h264: {
    part: h264Part,
    isKeyFrame: (data: Buffer) => data.includes(Buffer.from([0, 0, 1, 0x60 | IDR])),
  },
  vp8: { part: vp8Part, isKeyFrame: (data: Buffer) => ((data[0] ?? 1) & 1) === 0 },
};

/** With such feedback offered and none given, the hub would think the way to this viewer thin, and choose the size by that. */
function withoutBandwidthFeedback(capabilities: types.RtpCapabilities): types.RtpCapabilities {
  const codecs = capabilities.codecs?.map((codec) => ({
    ...codec,
    rtcpFeedback:
      codec.rtcpFeedback?.filter(({ type }) => type !== 'transport-cc' && type !== 'goog-remb') ?? [],
  }));
  return { ...capabilities, ...(codecs ? { codecs } : {}) };
}

/** A viewer of one size of a feed's picture, in this process: what the hub forwards to it, decoded. */
export class LayerViewer {
  readonly pictures: (Picture & { isKeyFrame: boolean })[] = [];
  readonly consumer: types.Consumer;
  readonly #transport: types.DirectTransport;
  #parts: Buffer[] = [];

  private constructor(transport: types.DirectTransport, consumer: types.Consumer) {
    this.#transport = transport;
    this.consumer = consumer;
    const name = /h264/i.test(consumer.rtpParameters.codecs[0]?.mimeType ?? '') ? 'h264' : 'vp8';
    const { part, isKeyFrame } = CODECS[name];
    const decoder = new PictureDecoder(name);
    consumer.on('rtp', (packet) => {
      this.#parts.push(part(packet.subarray(rtpHeaderLength(packet))));
      const isLast = ((packet[1] ?? 0) & 0x80) !== 0;
      if (!isLast) return;
      const data = Buffer.concat(this.#parts);
      this.#parts = [];
      const picture = decoder.decode(data);
      if (picture) this.pictures.push({ ...picture, isKeyFrame: isKeyFrame(data) });
    });
  }

  /** `spatialLayer`: the size that is preferred, 0 for the smallest. */
  static async open(hub: BareHub, slot: string, spatialLayer: number): Promise<LayerViewer> {
    const transport = await hub.router.createDirectTransport();
    const consumer = await transport.consume({
      producerId: hub.producers.get(slot)?.id ?? '',
      rtpCapabilities: withoutBandwidthFeedback(hub.router.rtpCapabilities),
      preferredLayers: { spatialLayer },
      paused: true,
    });
    const viewer = new LayerViewer(transport, consumer);
    await consumer.resume();
    return viewer;
  }

  get keyFrames(): number {
    return this.pictures.filter(({ isKeyFrame }) => isKeyFrame).length;
  }

  close(): void {
    this.#transport.close();
  }
}

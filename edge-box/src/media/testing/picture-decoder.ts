import { AV_CODEC_ID_H264, AV_CODEC_ID_MJPEG, AV_CODEC_ID_VP8 } from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet } from 'node-av/lib';
import { readClockCode } from '../../devices/clock-code.ts';

const CODECS = { h264: AV_CODEC_ID_H264, vp8: AV_CODEC_ID_VP8, jpeg: AV_CODEC_ID_MJPEG } as const;

export interface Picture {
  width: number;
  height: number;
  luma: Uint8Array;
  /** The burnt-in clock; null when it cannot be read. */
  code: number | null;
}

/** Decodes pictures one by one and reads the clock in each. */
export class PictureDecoder {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #frame = new Frame();

  constructor(codec: keyof typeof CODECS = 'h264') {
    const decoder = Codec.findDecoder(CODECS[codec]);
    this.#context.allocContext3(decoder);
    this.#context.threadCount = 1;
    this.#context.open2Sync(decoder);
    this.#packet.alloc();
    this.#frame.alloc();
  }

  /** Null for what is no picture. */
  decode(data: Uint8Array): Picture | null {
    this.#packet.data = Buffer.from(data);
    this.#context.sendPacketSync(this.#packet);
    if (this.#context.receiveFrameSync(this.#frame) < 0) return null;
    const { width, height } = this.#frame;
    const [plane] = this.#frame.data ?? [];
    const [stride = 0] = this.#frame.linesize;
    const luma = new Uint8Array(width * height);
    for (let y = 0; y < height; y++)
      luma.set(plane?.subarray(y * stride, y * stride + width) ?? [], y * width);
    return { width, height, luma, code: readClockCode(luma, width, height) };
  }
}

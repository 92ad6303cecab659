import { AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_FLT, FF_DECODER_LIBOPUS } from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Packet } from 'node-av/lib';

export const PLAYOUT_RATE_HZ = 48_000;

/** Opus to 16-bit mono samples at 48 kHz. */
export class OpusDecoder {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #frame = new Frame();

  constructor() {
    const codec = Codec.findDecoderByName(FF_DECODER_LIBOPUS);
    if (!codec) throw new Error('this build of FFmpeg has no libopus');
    this.#context.allocContext3(codec);
    this.#context.sampleRate = PLAYOUT_RATE_HZ;
    this.#context.channelLayout = AV_CHANNEL_LAYOUT_MONO;
    FFmpegError.throwIfError(this.#context.open2Sync(codec), 'open libopus');
    this.#packet.alloc();
    this.#frame.alloc();
  }

  /** Forgets what it has decoded: the next packet begins another stream. */
  reset(): void {
    this.#context.flushBuffers();
  }

  /** Null for what is no Opus packet. */
  decode(bytes: Uint8Array): Int16Array | null {
    this.#packet.data = Buffer.from(bytes);
    const isTaken = this.#context.sendPacketSync(this.#packet) >= 0;
    this.#packet.unref();
    if (!isTaken || this.#context.receiveFrameSync(this.#frame) < 0) return null;
    const { nbSamples, format } = this.#frame;
    const [plane] = this.#frame.data ?? [];
    if (!plane) return null;
    const samples = new Int16Array(nbSamples);
    const isFloat = format === AV_SAMPLE_FMT_FLT;
    for (let i = 0; i < nbSamples; i++) {
      const value = isFloat ? plane.readFloatLE(i * 4) * 32_767 : plane.readInt16LE(i * 2);
      samples[i] = Math.max(-32_768, Math.min(32_767, Math.round(value)));
    }
    this.#frame.unref();
    return samples;
  }
}

import { AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_FLT, FF_ENCODER_LIBOPUS } from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FFmpegError, Frame, Packet, Rational } from 'node-av/lib';

export const OPUS_SAMPLE_RATE_HZ = 48_000;
export const OPUS_FRAME_SAMPLES = 960;

/** Opus, mono, 20 ms frames, with in-band error correction for a few per cent of loss. */
export class OpusEncoder {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  readonly #frame = new Frame();
  /** Kept referenced: see the H.264 encoder. */
  readonly #options: Dictionary;
  #samplesDone = 0;

  constructor(bitrateKbps: number) {
    const codec = Codec.findEncoderByName(FF_ENCODER_LIBOPUS);
    if (!codec) throw new Error('this build of FFmpeg has no libopus');
    const context = this.#context;
    context.allocContext3(codec);
    context.sampleRate = OPUS_SAMPLE_RATE_HZ;
    context.sampleFormat = AV_SAMPLE_FMT_FLT;
    context.channelLayout = AV_CHANNEL_LAYOUT_MONO;
    context.timeBase = new Rational(1, OPUS_SAMPLE_RATE_HZ);
    context.bitRate = BigInt(bitrateKbps * 1000);
    this.#options = Dictionary.fromObject({ frame_duration: '20', fec: '1', packet_loss: '5' });
    FFmpegError.throwIfError(context.open2Sync(codec, this.#options), 'open libopus');
    this.#packet.alloc();
    this.#frame.alloc();
    this.#frame.format = AV_SAMPLE_FMT_FLT;
    this.#frame.sampleRate = OPUS_SAMPLE_RATE_HZ;
    this.#frame.channelLayout = AV_CHANNEL_LAYOUT_MONO;
    this.#frame.nbSamples = OPUS_FRAME_SAMPLES;
    FFmpegError.throwIfError(this.#frame.getBuffer(), 'sound buffer');
  }

  /** Encodes `OPUS_FRAME_SAMPLES` samples. */
  encode(samples: Float32Array): Buffer | null {
    FFmpegError.throwIfError(this.#frame.makeWritable(), 'sound buffer');
    const target = this.#frame.data?.[0];
    if (!target) return null;
    target.set(new Uint8Array(samples.buffer, samples.byteOffset, OPUS_FRAME_SAMPLES * 4));
    this.#frame.pts = BigInt(this.#samplesDone);
    this.#samplesDone += OPUS_FRAME_SAMPLES;
    FFmpegError.throwIfError(this.#context.sendFrameSync(this.#frame), 'encode sound');
    if (this.#context.receivePacketSync(this.#packet) < 0) return null;
    const data = Buffer.from(this.#packet.data ?? []);
    this.#packet.unref();
    return data;
  }
}

import {
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  FF_ENCODER_LIBX264,
} from 'node-av/constants';
import { Codec, CodecContext, Dictionary, FFmpegError, Packet, Rational } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import type { VideoFormat } from '../devices/video-source.ts';

/** Key frames are made on demand; each costs a moment of quality, so few come unasked. */
const KEY_FRAME_INTERVAL_S = 30;
/**
 * How much of a second the encoder's rate buffer holds: small, so that no picture is much larger than the next. At 540 kbit/s a whole picture of
 * 720p ultrasound has 13 kB and 36.0 dB with 0.25 s, 7.8 kB and 33.9 dB with 0.15 s, 5.1 kB and 32.3 dB with 0.1 s; from a second later on the
 * means of the three are within 0.6 dB.
 */
const RATE_BUFFER_S = 0.13;

/** x264 set for the least delay: no look-ahead, no B pictures, one picture in, one picture out. */
export class H264Encoder {
  readonly #context = new CodecContext();
  readonly #packet = new Packet();
  /** Must outlive the context: node-av 6.1 frees it from the finaliser otherwise, and crashes. */
  readonly #options: Dictionary;
  #keyFrameWanted = true;

  constructor(format: VideoFormat, bitrateKbps: number) {
    const codec = Codec.findEncoderByName(FF_ENCODER_LIBX264);
    if (!codec) throw new Error('this build of FFmpeg has no libx264');
    const context = this.#context;
    context.allocContext3(codec);
    context.width = format.width;
    context.height = format.height;
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    context.timeBase = new Rational(1, 90_000);
    context.framerate = new Rational(format.framesPerSecond, 1);
    context.gopSize = format.framesPerSecond * KEY_FRAME_INTERVAL_S;
    context.maxBFrames = 0;
    context.threadCount = 1;
    this.setBitrateKbps(bitrateKbps);
    this.#options = Dictionary.fromObject({
      preset: 'superfast',
      tune: 'zerolatency',
      profile: 'baseline',
      'forced-idr': '1',
      'x264-params': 'scenecut=0:repeat-headers=1',
    });
    FFmpegError.throwIfError(context.open2Sync(codec, this.#options), 'open x264');
    this.#packet.alloc();
  }

  /** Takes effect with the next picture. */
  setBitrateKbps(kbps: number): void {
    const bps = Math.round(kbps * 1000);
    this.#context.bitRate = BigInt(bps);
    this.#context.rcMaxRate = BigInt(bps);
    this.#context.rcBufferSize = Math.round(bps * RATE_BUFFER_S);
  }

  requestKeyFrame(): void {
    this.#keyFrameWanted = true;
  }

  /** Encodes one picture; `captureMs` gives the encoder its time base. */
  encode(frame: Frame, captureMs: number): { data: Buffer; isKeyFrame: boolean } | null {
    frame.pts = BigInt(Math.round(captureMs * 90));
    frame.pictType = this.#keyFrameWanted ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    this.#keyFrameWanted = false;
    FFmpegError.throwIfError(this.#context.sendFrameSync(frame), 'encode');
    if (this.#context.receivePacketSync(this.#packet) < 0) return null;
    // A copy: the packet's memory goes back to the encoder.
    const data = Buffer.from(this.#packet.data ?? []);
    const isKeyFrame = this.#packet.isKeyframe;
    this.#packet.unref();
    return { data, isKeyFrame };
  }
}

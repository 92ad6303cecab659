import {
  AV_CODEC_FLAG_QSCALE,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_JPEG,
  FF_ENCODER_MJPEG,
  FF_QP2LAMBDA,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Packet, Rational, SoftwareScaleContext } from 'node-av/lib';
import { MAX_CAPTURE_BYTES } from '../../../src/lib/signaling/contract/index.ts';
import { reasonOf } from '../log.ts';
import { StillError } from './still-requests.ts';
import type { Still, StillAnswer } from './still-requests.ts';

/** A picture that is older is not what lies under the probe now: the device is gone. */
const MAX_AGE_MS = 2_000;
/** mjpeg's scale of 1 to 31: from here on no eye finds the difference, and fewer blocks are thrown away in dark tissue. */
const QUALITY = 2;

/** Holds the newest picture of a device in the device's own size, and makes a JPEG of it when somebody wants to keep it. */
export class StillPictures {
  readonly #newest = new Frame();
  #takenAtMs: number | null = null;

  constructor() {
    this.#newest.alloc();
  }

  /** Holds on to the picture without a copy; one that is drawn anew in the same memory stays the newest all the same. */
  hold(picture: Frame, takenAtMs: number): void {
    this.#newest.unref();
    this.#takenAtMs = this.#newest.ref(picture) < 0 ? null : takenAtMs;
  }

  /** @throws {StillError} */
  take(nowMs: number): Still {
    const takenAtMs = this.#takenAtMs;
    if (takenAtMs === null) throw new StillError('no-picture');
    if (nowMs - takenAtMs > MAX_AGE_MS) throw new StillError('old-picture');
    const { width, height } = this.#newest;
    const bytes = jpegOf(this.#newest);
    if (bytes.length > MAX_CAPTURE_BYTES) throw new StillError('too-large');
    return { mediaType: 'image/jpeg', bytes, width, height, takenAtMs };
  }
}

/** `stills`: undefined for a feed that has no pictures. */
export function answerStill(id: number, stills: StillPictures | undefined, nowMs: number): StillAnswer {
  try {
    if (!stills) throw new StillError('no-picture');
    return { type: 'still', id, still: stills.take(nowMs) };
  } catch (error) {
    // A picture that cannot be kept costs nothing else.
    const code = error instanceof StillError ? error.code : 'failed';
    return { type: 'noStill', id, code, reason: reasonOf(error) };
  }
}

/** JPEG has the full range of luma, 0 to 255, where video has 16 to 235: without a conversion black would be grey. */
function jpegOf(picture: Frame): Buffer {
  using full = fullRange(picture);
  const codec = Codec.findEncoderByName(FF_ENCODER_MJPEG);
  if (!codec) throw new StillError('failed', { cause: 'this build of FFmpeg has no JPEG encoder' });
  using context = new CodecContext();
  context.allocContext3(codec);
  context.width = full.width;
  context.height = full.height;
  context.pixelFormat = AV_PIX_FMT_YUVJ420P;
  context.colorRange = AVCOL_RANGE_JPEG;
  context.timeBase = new Rational(1, 25);
  context.threadCount = 1;
  context.setFlags(AV_CODEC_FLAG_QSCALE);
  context.globalQuality = QUALITY * FF_QP2LAMBDA;
  full.quality = QUALITY * FF_QP2LAMBDA;
  full.pts = 0n;
  FFmpegError.throwIfError(context.open2Sync(codec, null), 'open the JPEG encoder');
  FFmpegError.throwIfError(context.sendFrameSync(full), 'encode a still');
  using packet = new Packet();
  packet.alloc();
  FFmpegError.throwIfError(context.receivePacketSync(packet), 'encode a still');
  return Buffer.from(packet.data ?? []);
}

function fullRange(picture: Frame): Frame {
  const full = new Frame();
  full.alloc();
  full.width = picture.width;
  full.height = picture.height;
  full.format = AV_PIX_FMT_YUVJ420P;
  full.colorRange = AVCOL_RANGE_JPEG;
  FFmpegError.throwIfError(full.getBuffer(), 'still buffer');
  using scaler = new SoftwareScaleContext();
  // Without sizes and formats of its own it goes by what each picture says of itself, its range of luma included.
  scaler.allocContext();
  FFmpegError.throwIfError(scaler.scaleFrameSync(full, picture), 'convert a still');
  return full;
}

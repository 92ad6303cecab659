import { AV_PIX_FMT_YUV420P, SWS_AREA } from 'node-av/constants';
import { FFmpegError, SoftwareScaleContext } from 'node-av/lib';
import type { Frame } from 'node-av/lib';
import type { VideoFormat } from '../devices/video-source.ts';
import { H264Encoder } from './h264-encoder.ts';
import { halfOf } from './ladder-sizes.ts';
import { allocatePicture } from './picture-loop.ts';

export interface LadderUnit {
  /** 0 is the smallest size. */
  layer: number;
  data: Buffer;
  isKeyFrame: boolean;
}

/** One smaller size: made from the next larger one, of which each pixel is the mean of four. */
class Rung {
  readonly encoder: H264Encoder;
  readonly frame: Frame;
  readonly #scaler = new SoftwareScaleContext();

  constructor(format: VideoFormat, larger: VideoFormat, kbps: number) {
    this.encoder = new H264Encoder(format, kbps);
    this.frame = allocatePicture(format);
    const [from, to] = [larger, format];
    this.#scaler.getContext(
      from.width,
      from.height,
      AV_PIX_FMT_YUV420P,
      to.width,
      to.height,
      AV_PIX_FMT_YUV420P,
      SWS_AREA,
    );
  }

  scale(larger: Frame): Frame {
    FFmpegError.throwIfError(this.#scaler.scaleFrameSync(this.frame, larger), 'scale');
    return this.frame;
  }
}

/** An encoder for each size of one feed's picture. */
export class PictureLadder {
  readonly #top: H264Encoder;
  /** Smallest first. */
  readonly #lower: Rung[] = [];
  #lowerKbps: readonly number[];

  /** `lowerKbps`: for each smaller size, smallest first; 0 for one that is not sent now. */
  constructor(format: VideoFormat, kbps: number, lowerKbps: readonly number[] = []) {
    this.#top = new H264Encoder(format, kbps);
    this.#lowerKbps = lowerKbps;
    let larger = format;
    for (const lower of [...lowerKbps].reverse()) {
      const smaller = halfOf(larger);
      // One that is not sent is told its rate before it is.
      this.#lower.unshift(new Rung(smaller, larger, lower || kbps));
      larger = smaller;
    }
  }

  /** Takes effect with the next picture; a size that was not sent begins with a key frame. */
  setBitrateKbps(kbps: number, lowerKbps: readonly number[] = []): void {
    this.#top.setBitrateKbps(kbps);
    this.#lower.forEach(({ encoder }, layer) => {
      const lower = lowerKbps[layer] ?? 0;
      if (lower === 0) return;
      encoder.setBitrateKbps(lower);
      if (this.#lowerKbps[layer] === 0) encoder.requestKeyFrame();
    });
    this.#lowerKbps = lowerKbps;
  }

  /** Of one size, or of all. */
  requestKeyFrame(layer?: number): void {
    if (layer === undefined || layer === this.#lower.length) this.#top.requestKeyFrame();
    this.#lower.forEach(({ encoder }, i) => {
      if (layer === undefined || layer === i) encoder.requestKeyFrame();
    });
  }

  /** Encodes one picture. The largest size is handed out before the others are worked on, so that it is no older for them. */
  encode(picture: Frame, captureMs: number, handOut: (unit: LadderUnit) => void): void {
    const top = this.#top.encode(picture, captureMs);
    if (top) handOut({ layer: this.#lower.length, ...top });
    const smallest = this.#lowerKbps.findIndex((kbps) => kbps > 0);
    if (smallest < 0) return;
    let larger = picture;
    for (let layer = this.#lower.length - 1; layer >= smallest; layer--) {
      const rung = this.#lower[layer];
      if (!rung) return;
      larger = rung.scale(larger);
      if (!this.#lowerKbps[layer]) continue;
      const unit = rung.encoder.encode(larger, captureMs);
      if (unit) handOut({ layer, ...unit });
    }
  }
}

import { clockBlockPx, drawClockCode } from './clock-code.ts';
import { clockText, drawText } from './digits.ts';
import type { PictureGenerator, Planes, VideoFormat } from './video-source.ts';

/** A plain, cheap scene that is plainly alive: an examination room, a figure that sways and an arm that moves a probe. */
interface Colour {
  y: number;
  u: number;
  v: number;
}
const WALL: Colour = { y: 168, u: 124, v: 126 };
const FLOOR: Colour = { y: 104, u: 122, v: 134 };
const COUCH: Colour = { y: 140, u: 148, v: 108 };
const COAT: Colour = { y: 222, u: 128, v: 128 };
const SKIN: Colour = { y: 170, u: 108, v: 150 };
const WINDOW: Colour = { y: 206, u: 150, v: 112 };

export class RoomCamera implements PictureGenerator {
  readonly format: VideoFormat;
  #background: Planes | undefined;

  constructor(format: VideoFormat) {
    this.format = format;
  }

  draw(planes: Planes, captureHubMs: number): void {
    const { width, height } = this.format;
    this.#background ??= this.#paintBackground(planes);
    const { y, u, v } = this.#background;
    planes.y.set(y);
    planes.u.set(u);
    planes.v.set(v);

    const seconds = captureHubMs / 1000;
    const sway = Math.sin(seconds * 1.3) * width * 0.03;
    const bob = Math.sin(seconds * 2.1) * height * 0.01;
    const headX = width * 0.36 + sway;
    const headY = height * 0.42 + bob;
    const armX = width * 0.56 + Math.sin(seconds * 2.7) * width * 0.08;
    this.#box(planes, headX - width * 0.075, headY + height * 0.1, width * 0.15, height * 0.36, COAT);
    this.#box(planes, headX, headY + height * 0.2, armX - headX, height * 0.055, COAT);
    this.#disc(planes, headX, headY, height * 0.11, SKIN);
    this.#disc(planes, armX, headY + height * 0.23, height * 0.04, SKIN);

    drawClockCode(planes.y, width, captureHubMs, planes.yStride);
    this.#greyCode(planes);
    const block = clockBlockPx(width);
    const dot = Math.max(1, Math.round(width / 320));
    const text = clockText(captureHubMs);
    const left = width - block - text.length * 6 * dot;
    drawText(planes.y, planes.yStride, text, { left, top: block, dot, ink: 235, paper: 40 });
  }

  #paintBackground(like: Planes): Planes {
    const { width, height } = this.format;
    const background: Planes = {
      y: new Uint8Array(like.y.length),
      u: new Uint8Array(like.u.length),
      v: new Uint8Array(like.v.length),
      yStride: like.yStride,
      uvStride: like.uvStride,
    };
    this.#box(background, 0, 0, width, height, WALL);
    this.#box(background, 0, height * 0.78, width, height * 0.22, FLOOR);
    this.#box(background, width * 0.72, height * 0.24, width * 0.2, height * 0.28, WINDOW);
    this.#box(background, width * 0.46, height * 0.66, width * 0.46, height * 0.14, COUCH);
    return background;
  }

  /** The code and the digits are grey whatever the wall's colour. */
  #greyCode(planes: Planes): void {
    const block = clockBlockPx(this.format.width);
    for (let line = block >> 1; line < (block * 3) >> 1; line++) {
      const from = line * planes.uvStride;
      planes.u.fill(128, from, from + (this.format.width >> 1));
      planes.v.fill(128, from, from + (this.format.width >> 1));
    }
  }

  #box(planes: Planes, left: number, top: number, boxWidth: number, boxHeight: number, colour: Colour): void {
    const { width, height } = this.format;
    const x0 = Math.max(0, Math.round(Math.min(left, left + boxWidth)) & ~1);
    const x1 = Math.min(width, Math.round(Math.max(left, left + boxWidth)) & ~1);
    const y0 = Math.max(0, Math.round(top) & ~1);
    const y1 = Math.min(height, Math.round(top + boxHeight) & ~1);
    for (let y = y0; y < y1; y++) this.#line(planes, y, x0, x1, colour);
  }

  #disc(planes: Planes, centreX: number, centreY: number, radius: number, colour: Colour): void {
    for (
      let y = Math.max(0, Math.ceil(centreY - radius));
      y < Math.min(this.format.height, centreY + radius);
      y++
    ) {
      const half = Math.sqrt(Math.max(0, radius * radius - (y - centreY) ** 2));
      const x0 = Math.max(0, Math.round(centreX - half) & ~1);
      const x1 = Math.min(this.format.width, Math.round(centreX + half) & ~1);
      this.#line(planes, y, x0, x1, colour);
    }
  }

  #line(planes: Planes, y: number, x0: number, x1: number, colour: Colour): void {
    planes.y.fill(colour.y, y * planes.yStride + x0, y * planes.yStride + x1);
    if (y & 1) return;
    const chroma = (y >> 1) * planes.uvStride;
    planes.u.fill(colour.u, chroma + (x0 >> 1), chroma + (x1 >> 1));
    planes.v.fill(colour.v, chroma + (x0 >> 1), chroma + (x1 >> 1));
  }
}

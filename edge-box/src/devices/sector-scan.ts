import { clockBlockPx, drawClockCode } from './clock-code.ts';
import { clockText, drawText } from './digits.ts';
import type { PictureGenerator, Planes, VideoFormat } from './video-source.ts';

/**
 * A picture that moves like a B-mode heart scan: a speckled sector of tissue around a beating ring, true black outside, a
 * depth ruler, and beams that refresh the sector line by line as a real probe does (two pictures to a full sweep).
 *
 * Cheap by tables: a polar map of speckle and of distance to the ring's centre, and for each beam the list of the pixels it
 * paints. A picture is then one multiply and one store a pixel.
 */
const BEAMS = 256;
const DEPTHS = 512;
const HALF_ANGLE_RAD = (37.5 * Math.PI) / 180;
const PICTURES_PER_SWEEP = 2;
const BEATS_PER_S = 72 / 60;
/** Part of a beat in which the ring contracts. */
const SQUEEZE_PART = 0.3;
const BLACK = 16;
const INK = 180;

export class SectorScan implements PictureGenerator {
  readonly format: VideoFormat;
  readonly #speckle = new Uint8Array(BEAMS * DEPTHS);
  readonly #ringDistance = new Uint16Array(BEAMS * DEPTHS);
  readonly #polar = new Uint8Array(BEAMS * DEPTHS);
  /** Echo strength by distance from the ring's centre, rewritten for each picture. */
  readonly #echo = new Uint8Array(DEPTHS);
  readonly #pixels: Uint32Array[] = [];
  readonly #cells: Uint32Array[] = [];
  #prepared = false;
  #picture = 0;

  constructor(format: VideoFormat) {
    this.format = format;
    this.#fillPolarMaps();
  }

  draw(planes: Planes, captureHubMs: number): void {
    if (!this.#prepared) this.#prepare(planes);
    this.#updateEcho(captureHubMs);
    const beamsNow = BEAMS / PICTURES_PER_SWEEP;
    const first = (this.#picture++ % PICTURES_PER_SWEEP) * beamsNow;
    for (let beam = first; beam < first + beamsNow; beam++) this.#paintBeam(planes.y, beam);
    this.#drawClock(planes, captureHubMs);
  }

  #paintBeam(luma: Uint8Array, beam: number): void {
    const base = beam * DEPTHS;
    const polar = this.#polar;
    for (let i = base; i < base + DEPTHS; i++) {
      polar[i] = BLACK + (((this.#speckle[i] ?? 0) * (this.#echo[this.#ringDistance[i] ?? 0] ?? 0)) >> 8);
    }
    const pixels = this.#pixels[beam];
    const cells = this.#cells[beam];
    if (!pixels || !cells) return;
    for (let i = 0; i < pixels.length; i++) luma[pixels[i] as number] = polar[cells[i] as number] as number;
  }

  #updateEcho(timeMs: number): void {
    const phase = ((timeMs / 1000) * BEATS_PER_S) % 1;
    // Fast squeeze, slow refill, never still.
    const turn =
      phase < SQUEEZE_PART ? phase / SQUEEZE_PART : 1 + (phase - SQUEEZE_PART) / (1 - SQUEEZE_PART);
    const squeeze = (1 - Math.cos(turn * Math.PI)) / 2;
    const radius = 92 - 30 * squeeze;
    const wall = 22 + 10 * squeeze;
    for (let d = 0; d < DEPTHS; d++) {
      const fromWall = Math.abs(d - radius - wall / 2) / (wall / 2);
      const inside = d < radius;
      this.#echo[d] = fromWall < 1 ? 250 - 60 * fromWall : inside ? 10 : Math.max(60, 190 - (d - radius) / 2);
    }
  }

  #drawClock(planes: Planes, captureHubMs: number): void {
    const { width } = this.format;
    drawClockCode(planes.y, width, captureHubMs, planes.yStride);
    const block = clockBlockPx(width);
    const dot = Math.max(1, Math.round(width / 320));
    const text = clockText(captureHubMs);
    const left = width - block - text.length * 6 * dot;
    drawText(planes.y, planes.yStride, text, { left, top: block, dot, ink: INK, paper: BLACK });
  }

  /** Speckle is static tissue: Rayleigh-like noise, smeared along the beam's width with depth. */
  #fillPolarMaps(): void {
    let seed = 0x2545f491;
    const random = (): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    const raw = Float32Array.from({ length: BEAMS * DEPTHS }, () =>
      Math.sqrt(-2 * Math.log(1 - 0.999 * random())),
    );
    const ringDepth = DEPTHS * 0.52;
    for (let beam = 0; beam < BEAMS; beam++) {
      const angle = ((beam + 0.5) / BEAMS - 0.5) * 2 * HALF_ANGLE_RAD;
      for (let depth = 0; depth < DEPTHS; depth++) {
        const i = beam * DEPTHS + depth;
        let sum = 0;
        for (let k = -2; k <= 2; k++) {
          const neighbour = Math.min(BEAMS - 1, Math.max(0, beam + k));
          for (let j = 0; j < 2; j++) sum += raw[neighbour * DEPTHS + Math.min(DEPTHS - 1, depth + j)] ?? 0;
        }
        const gain = 1 - 0.45 * (depth / DEPTHS);
        this.#speckle[i] = Math.min(255, (sum / 10) * 140 * gain);
        const x = Math.sin(angle) * depth;
        const y = Math.cos(angle) * depth - ringDepth;
        this.#ringDistance[i] = Math.min(DEPTHS - 1, Math.hypot(x * 1.15, y));
      }
    }
  }

  /** Scan conversion, once: which pixels each beam paints, and from which cell. */
  #prepare(planes: Planes): void {
    this.#prepared = true;
    const { width, height } = this.format;
    planes.y.fill(BLACK);
    planes.u.fill(128);
    planes.v.fill(128);
    const block = clockBlockPx(width);
    const apexX = width / 2;
    const apexY = block * 3.25;
    const reach = height - apexY - 4;
    const pixels: number[][] = Array.from({ length: BEAMS }, () => []);
    const cells: number[][] = Array.from({ length: BEAMS }, () => []);
    for (let y = Math.ceil(apexY); y < height; y++) {
      for (let x = 0; x < width; x++) {
        const dx = x - apexX;
        const dy = y - apexY;
        const radius = Math.hypot(dx, dy);
        const angle = Math.atan2(dx, dy);
        if (radius >= reach || radius < 12 || Math.abs(angle) >= HALF_ANGLE_RAD) continue;
        const beam = Math.floor((angle / HALF_ANGLE_RAD + 1) * (BEAMS / 2));
        pixels[beam]?.push(y * planes.yStride + x);
        cells[beam]?.push(beam * DEPTHS + Math.floor((radius / reach) * DEPTHS));
      }
    }
    for (let beam = 0; beam < BEAMS; beam++) {
      this.#pixels.push(Uint32Array.from(pixels[beam] ?? []));
      this.#cells.push(Uint32Array.from(cells[beam] ?? []));
    }
    this.#drawRuler(planes, apexY, reach);
  }

  /** A tick each centimetre of 16, longer every five. */
  #drawRuler(planes: Planes, apexY: number, reach: number): void {
    const right = this.format.width - clockBlockPx(this.format.width);
    for (let cm = 0; cm <= 16; cm++) {
      const y = Math.round(apexY + (reach * cm) / 16);
      const length = cm % 5 === 0 ? 20 : 10;
      for (let line = 0; line < 2; line++) {
        const end = (y + line) * planes.yStride + right;
        planes.y.fill(INK, end - length, end);
      }
    }
  }
}

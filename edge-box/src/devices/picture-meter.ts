import type { Planes } from './video-source.ts';

/** What a look at the pictures of about a second tells. Luma in 8 bits: 16 is black, 235 is white. */
export interface PictureHealth {
  framesPerSecond: number;
  meanLuma: number;
  /** Of the whole grid, brightest minus darkest: an even grey has none. */
  lumaRange: number;
  /** Part of the grid that changed since a second ago: 0 is a frozen picture. */
  changedPart: number;
}

const COLUMNS = 64;
const ROWS = 36;
const PERIOD_MS = 1_000;
/** Noise of a camera moves a sample by less. */
const CHANGE = 3;

/** Looks at a coarse grid of one picture a second, and counts all. */
export class PictureMeter {
  readonly #report: (health: PictureHealth) => void;
  #frames = 0;
  #sinceMs: number | undefined;
  #grid: Uint8Array | undefined;

  constructor(report: (health: PictureHealth) => void) {
    this.#report = report;
  }

  push(planes: () => Planes, width: number, height: number, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    this.#frames++;
    const spanMs = nowMs - this.#sinceMs;
    if (spanMs < PERIOD_MS) return;
    const grid = sampled(planes(), width, height);
    const before = this.#grid;
    this.#grid = grid;
    const changed = before
      ? grid.filter((value, i) => Math.abs(value - (before[i] ?? 0)) > CHANGE).length
      : 0;
    // The first look has nothing to compare with.
    if (before) {
      this.#report({
        framesPerSecond: (this.#frames * 1000) / spanMs,
        meanLuma: grid.reduce((sum, value) => sum + value, 0) / grid.length,
        lumaRange:
          grid.reduce((most, value) => Math.max(most, value)) -
          grid.reduce((least, value) => Math.min(least, value)),
        changedPart: changed / grid.length,
      });
    }
    this.#frames = 0;
    this.#sinceMs = nowMs;
  }
}

function sampled({ y, yStride }: Planes, width: number, height: number): Uint8Array {
  const grid = new Uint8Array(COLUMNS * ROWS);
  for (let row = 0; row < ROWS; row++) {
    const line = Math.floor(((row + 0.5) * height) / ROWS) * yStride;
    for (let column = 0; column < COLUMNS; column++) {
      grid[row * COLUMNS + column] = y[line + Math.floor(((column + 0.5) * width) / COLUMNS)] ?? 0;
    }
  }
  return grid;
}

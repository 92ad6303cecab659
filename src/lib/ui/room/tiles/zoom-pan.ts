export const MAX_ZOOM = 8;
export const ZOOM_STEP = 1.25;

/**
 * Where a picture is looked at, and how closely. The picture is `scale` times its fitted size and moved by
 * `offset` pixels from the middle; it can never be moved so far that black comes in where picture could be.
 */
export class ZoomPan {
  scale = 1;
  offsetX = 0;
  offsetY = 0;
  #widthPx = 0;
  #heightPx = 0;

  /** The size of the picture as fitted, before zooming. */
  resize(widthPx: number, heightPx: number): void {
    this.#widthPx = widthPx;
    this.#heightPx = heightPx;
    this.#keepInside();
  }

  /** Zooms about a point given in pixels from the middle of the view; what is under it stays under it. */
  zoomBy(factor: number, aboutX = 0, aboutY = 0): void {
    const before = this.scale;
    this.scale = Math.min(MAX_ZOOM, Math.max(1, before * factor));
    const ratio = this.scale / before;
    this.offsetX = aboutX - (aboutX - this.offsetX) * ratio;
    this.offsetY = aboutY - (aboutY - this.offsetY) * ratio;
    this.#keepInside();
  }

  panBy(dxPx: number, dyPx: number): void {
    this.offsetX += dxPx;
    this.offsetY += dyPx;
    this.#keepInside();
  }

  reset(): void {
    this.scale = 1;
    this.offsetX = 0;
    this.offsetY = 0;
  }

  #keepInside(): void {
    const reachX = (this.#widthPx * (this.scale - 1)) / 2;
    const reachY = (this.#heightPx * (this.scale - 1)) / 2;
    // `|| 0` turns -0 into 0.
    this.offsetX = Math.min(reachX, Math.max(-reachX, this.offsetX)) || 0;
    this.offsetY = Math.min(reachY, Math.max(-reachY, this.offsetY)) || 0;
  }
}

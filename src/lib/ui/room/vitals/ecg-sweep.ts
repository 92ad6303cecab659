import { MDC, vitalsValues, type VitalsFrame } from '$lib/vitals/frame.ts';
import { HighPass, MONITOR_HIGH_PASS_HZ } from './high-pass.ts';
import { SweepBuffer } from './sweep-buffer.ts';

/** No block for this long and the trace is stale, as for pictures (clinical.md, latency guard). */
export const VITALS_STALE_MS = 500;
const PX_PER_MM = 96 / 25.4;
const SPEED_MM_PER_S = 25;
/** Paper's gain where a tall R wave fits above the baseline, half of it on a low strip, as monitors do. */
const GAINS_MM_PER_MV = [10, 5] as const;
const TALL_R_WAVE_MV = 2;
const ERASE_PX = 22;
const KEPT_S = 30;
/** The bar moves on by no less: half of a screen's pictures at most. */
const STEP_PX = 2;
/** So much of what stands is written once more together with what follows it, and half of it is wiped before: no seam is left. */
const JOIN_PX = 4;
/** Drawn this much behind the newest sample at most, to move evenly between blocks (ECG to screen stays < 250 ms). */
const MAX_SMOOTHING_MS = 200;

/** Samples that are drawn now: `from` to `head`, of a line that begins anew on the left every `lap` samples. */
interface SweepWindow {
  buffer: SweepBuffer;
  pxPerSample: number;
  lap: number;
  from: number;
  head: number;
}

/**
 * Draws one ECG lead as bedside monitors do: the trace stands still, a bar wipes over it and writes the new beat.
 * Speed and gain are those of paper, 25 mm/s and 10 or 5 mm/mV, in CSS millimetres.
 */
export class EcgSweep {
  readonly #canvas: HTMLCanvasElement;
  readonly #hubNow: () => number;
  readonly #colors: { trace: string; grid: string; calibration: string };
  #buffer: SweepBuffer | null = null;
  #filter: HighPass | null = null;
  #expectedSequence: number | null = null;
  #smoothingMs = 40;
  #lastArrivalMs: number | null = null;
  /** Index of the newest sample that is on the canvas; null where all has to be drawn. */
  #drawnTo: number | null = null;
  #widthPx = 0;
  #heightPx = 0;
  #pixelRatio = 1;

  constructor(
    canvas: HTMLCanvasElement,
    options: { hubNow: () => number; colors: { trace: string; grid: string; calibration: string } },
  ) {
    this.#canvas = canvas;
    this.#hubNow = options.hubNow;
    this.#colors = options.colors;
  }

  receive(frame: VitalsFrame): void {
    if (frame.code !== MDC.ecgLeadII || frame.sampleRateHz <= 0) return;
    if (!this.#buffer || this.#buffer.rateHz !== frame.sampleRateHz) {
      this.#buffer = new SweepBuffer(frame.sampleRateHz, KEPT_S);
      this.#drawnTo = null;
      this.#filter = new HighPass(MONITOR_HIGH_PASS_HZ, frame.sampleRateHz);
    }
    const now = this.#hubNow();
    // A lost or late block breaks the line; what the filter remembers then belongs to something else.
    if (frame.sequence !== this.#expectedSequence) this.#filter?.reset();
    this.#expectedSequence = (frame.sequence + 1) >>> 0;
    this.#buffer.put(frame.startHubMs, this.#filter!.filter(vitalsValues(frame)));
    // What came too late for the bar belongs where it has passed already.
    if (this.#drawnTo !== null && this.#buffer.indexAt(frame.startHubMs) <= this.#drawnTo)
      this.#drawnTo = null;
    this.#lastArrivalMs = now;
    // How far the start of a block lies back when it arrives is what must be bridged; forget slowly.
    const behindMs = now - frame.startHubMs;
    this.#smoothingMs = Math.min(MAX_SMOOTHING_MS, Math.max(behindMs, this.#smoothingMs * 0.98));
  }

  /** Milliseconds since the last block; null before the first. */
  sinceArrivalMs(): number | null {
    return this.#lastArrivalMs === null ? null : Math.max(0, this.#hubNow() - this.#lastArrivalMs);
  }

  resize(widthPx: number, heightPx: number, pixelRatio: number): void {
    this.#widthPx = widthPx;
    this.#heightPx = heightPx;
    this.#pixelRatio = pixelRatio;
    this.#drawnTo = null;
    this.#canvas.width = Math.round(widthPx * pixelRatio);
    this.#canvas.height = Math.round(heightPx * pixelRatio);
  }

  /**
   * What has been written stands; only what is new and the bar before it are drawn, or a computer without a graphics card would spend a
   * fifth of a core on one lead.
   */
  draw(): void {
    const context = this.#canvas.getContext('2d');
    if (!context || this.#widthPx === 0) return;
    context.setTransform(this.#pixelRatio, 0, 0, this.#pixelRatio, 0, 0);
    const buffer = this.#buffer;
    if (!buffer) {
      if (this.#drawnTo === null) this.#within(context, 0, this.#widthPx, () => this.#drawPaper(context));
      this.#drawnTo = -Infinity;
      return;
    }
    const pxPerSample = (SPEED_MM_PER_S * PX_PER_MM) / buffer.rateHz;
    const lap = Math.floor(this.#widthPx / pxPerSample);
    const erased = Math.ceil(ERASE_PX / pxPerSample);
    const head = buffer.indexAt(this.#hubNow() - this.#smoothingMs);
    // A clock that was put back has all of it drawn anew.
    const drawn = this.#drawnTo === null || head < this.#drawnTo - erased ? -Infinity : this.#drawnTo;
    if ((head - drawn) * pxPerSample < STEP_PX) return;
    this.#drawnTo = head;
    const from = Math.max(drawn - Math.ceil(JOIN_PX / pxPerSample), head - lap + erased);
    const window: SweepWindow = { buffer, pxPerSample, lap, from, head };
    const column = (index: number) => (((index % lap) + lap) % lap) * pxPerSample;
    const [leftPx, rightPx] = [column(from) + JOIN_PX / 2, column(head) + ERASE_PX];
    const redraw = (startPx: number, endPx: number) =>
      this.#within(context, startPx, endPx, () => {
        this.#drawPaper(context);
        this.#drawTrace(context, window);
      });
    if (drawn < head - lap + erased) redraw(0, this.#widthPx);
    else if (column(from) <= column(head)) {
      redraw(leftPx, rightPx);
      if (rightPx > this.#widthPx) redraw(0, rightPx - this.#widthPx);
    } else {
      redraw(leftPx, this.#widthPx);
      redraw(0, rightPx);
    }
  }

  /** Draws in a part of the width, which is wiped before; on whole pixels, or its edges would stay visible. */
  #within(context: CanvasRenderingContext2D, startPx: number, endPx: number, draw: () => void): void {
    const start = Math.floor(startPx * this.#pixelRatio) / this.#pixelRatio;
    const end = Math.ceil(endPx * this.#pixelRatio) / this.#pixelRatio;
    context.save();
    context.beginPath();
    context.rect(start, 0, end - start, this.#heightPx);
    context.clip();
    context.clearRect(start, 0, end - start, this.#heightPx);
    draw();
    context.restore();
  }

  get gainMmPerMv(): number {
    return (
      GAINS_MM_PER_MV.find((gain) => TALL_R_WAVE_MV * gain * PX_PER_MM <= this.#baselinePx) ??
      GAINS_MM_PER_MV[1]
    );
  }

  get #baselinePx(): number {
    return this.#heightPx * 0.7;
  }

  #drawPaper(context: CanvasRenderingContext2D): void {
    const square = 5 * PX_PER_MM;
    context.strokeStyle = this.#colors.grid;
    context.lineWidth = 1;
    context.beginPath();
    for (let x = 0.5; x < this.#widthPx; x += square) {
      context.moveTo(x, 0);
      context.lineTo(x, this.#heightPx);
    }
    for (let y = this.#baselinePx % square; y < this.#heightPx; y += square) {
      context.moveTo(0, y);
      context.lineTo(this.#widthPx, y);
    }
    context.stroke();
    // The calibration mark: 1 mV high, as printed at the edge of every strip.
    const height = this.gainMmPerMv * PX_PER_MM;
    context.strokeStyle = this.#colors.calibration;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(2, this.#baselinePx);
    context.lineTo(6, this.#baselinePx);
    context.lineTo(6, this.#baselinePx - height);
    context.lineTo(13, this.#baselinePx - height);
    context.lineTo(13, this.#baselinePx);
    context.lineTo(17, this.#baselinePx);
    context.stroke();
  }

  #drawTrace(context: CanvasRenderingContext2D, { buffer, pxPerSample, lap, from, head }: SweepWindow): void {
    const pxPerMv = this.gainMmPerMv * PX_PER_MM;
    context.strokeStyle = this.#colors.trace;
    context.lineWidth = 1.75;
    context.lineJoin = 'round';
    context.beginPath();
    let drawing = false;
    for (let index = from; index <= head; index++) {
      const value = buffer.valueAt(index);
      const column = ((index % lap) + lap) % lap;
      if (Number.isNaN(value) || column === 0) drawing = false;
      if (Number.isNaN(value)) continue;
      const y = this.#baselinePx - value * pxPerMv;
      if (drawing) context.lineTo(column * pxPerSample, y);
      else context.moveTo(column * pxPerSample, y);
      drawing = true;
    }
    context.stroke();
  }
}

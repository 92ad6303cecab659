import type { Frame } from 'node-av/lib';
import { MAX_CAPTURE_BYTES } from '../../../src/lib/signaling/contract/index.ts';
import type { VideoFormat } from '../devices/video-source.ts';
import { H264Encoder } from './h264-encoder.ts';
import { mp4Of } from './mp4.ts';
import type { FilmUnit } from './mp4.ts';

/** A piece of a film that can be played by itself. */
export interface FilmSegment {
  mediaType: 'video/mp4';
  bytes: Uint8Array;
  /** By the box's clock; the next piece begins where this one ends. */
  fromMs: number;
  untilMs: number;
}

/** What goes wrong costs no more than this. */
const MAX_SEGMENT_MS = 10_000;
/** The index, and a picture that comes out larger than expected, must fit beside. */
const MAX_UNITS_BYTES = MAX_CAPTURE_BYTES - 2 * 1024 * 1024;
/** After such a hole it is another piece: a film must not show a still as if nothing had happened. */
const MAX_HOLE_MS = 1_000;

/** Films a feed for the record while it is told to, beside what is sent: with an encoder of its own, in short pieces. */
export class Film {
  readonly #format: VideoFormat;
  readonly #handOut: (segment: FilmSegment) => void;
  readonly #failed: (error: unknown) => void;
  /** Made when it is first wanted, and then kept: one that nobody refers to any more takes the process with it. */
  #encoder: H264Encoder | undefined;
  #isOn = false;
  #units: FilmUnit[] = [];
  #bytes = 0;

  constructor(
    format: VideoFormat,
    handOut: (segment: FilmSegment) => void,
    failed: (error: unknown) => void,
  ) {
    this.#format = format;
    this.#handOut = handOut;
    this.#failed = failed;
  }

  /** Null: no longer; then what has been filmed is handed out. */
  setKbps(kbps: number | null): void {
    this.#isOn = kbps !== null;
    if (kbps === null) return this.#cut();
    this.#guard(() => {
      this.#encoder ??= new H264Encoder(this.#format, kbps);
      this.#encoder.setBitrateKbps(kbps);
    });
  }

  /** One more picture; a piece that is full is handed out first, and ends with this one's moment. */
  add(picture: Frame, atMs: number): void {
    if (!this.#isOn) return;
    const fromMs = this.#units[0]?.atMs ?? atMs;
    const lastMs = this.#units.at(-1)?.atMs ?? -Infinity;
    if (atMs <= lastMs || (this.#units.length > 0 && atMs - lastMs > MAX_HOLE_MS)) this.#cut();
    else if (atMs - fromMs >= MAX_SEGMENT_MS || this.#bytes >= MAX_UNITS_BYTES) this.#end(atMs);
    if (this.#units.length === 0) this.#encoder?.requestKeyFrame();
    this.#guard(() => {
      const unit = this.#encoder?.encode(picture, atMs);
      if (!unit) return;
      this.#units.push({ ...unit, atMs });
      this.#bytes += unit.data.length;
    });
  }

  /** What goes wrong with the film ends it until it is told to film again; the picture that is sent goes on. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#isOn = false;
      this.#failed(error);
    }
  }

  #cut(): void {
    const lastMs = this.#units.at(-1)?.atMs;
    if (lastMs !== undefined) this.#end(lastMs + 1000 / this.#format.framesPerSecond);
  }

  #end(untilMs: number): void {
    const units = this.#units;
    this.#units = [];
    this.#bytes = 0;
    const fromMs = units[0]?.atMs ?? untilMs;
    try {
      this.#handOut({ mediaType: 'video/mp4', bytes: mp4Of(this.#format, units, untilMs), fromMs, untilMs });
    } catch (error) {
      // The picture that is sent goes on.
      this.#failed(error);
    }
  }
}

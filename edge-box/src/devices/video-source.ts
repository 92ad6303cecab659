export type { VideoSourceConfig } from './profile.ts';

/** Where a feed's pictures come from. A source is pulled: the feed's process asks for the next picture at its rate. */
export interface VideoFormat {
  width: number;
  height: number;
  framesPerSecond: number;
}

/** Planes of an 8-bit 4:2:0 picture; the source draws into them, they stay the same memory from picture to picture. */
export interface Planes {
  y: Uint8Array;
  u: Uint8Array;
  v: Uint8Array;
  yStride: number;
  uvStride: number;
}

/** A source that computes its pictures. */
export interface PictureGenerator {
  readonly format: VideoFormat;
  /** Draws the picture of this moment; `captureHubMs` is the hub time that is burnt in. */
  draw(planes: Planes, captureHubMs: number): void;
}

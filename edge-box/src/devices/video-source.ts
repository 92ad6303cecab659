import type { Frame } from 'node-av/lib';

export type { VideoSourceConfig } from './profile.ts';

/**
 * Hears of each picture: in the feed's size, and in the device's own where that is another picture. Both are the source's memory: to be used
 * at once, or held by a reference of one's own.
 */
export type PictureTaker = (picture: Frame, captureHubMs: number, original?: Frame) => void;

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

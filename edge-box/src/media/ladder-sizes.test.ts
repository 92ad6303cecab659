import { describe, expect, it } from 'vitest';
import type { VideoSourceConfig } from '../devices/video-source.ts';
import { halfOf, sizesOf } from './ladder-sizes.ts';

const scan = (width: number, height: number): VideoSourceConfig => ({
  kind: 'sector-scan',
  width,
  height,
  framesPerSecond: 30,
});

describe('sizes of a picture', () => {
  it('are one unless more are wanted', () => {
    expect(sizesOf(scan(1920, 1080))).toBe(1);
    expect(sizesOf(scan(1920, 1080), 1)).toBe(1);
  });

  it.each([
    [1920, 1080, 2, 2],
    [960, 540, 3, 3],
    [958, 540, 3, 2],
    [640, 360, 3, 2],
    [480, 270, 2, 2],
    [478, 270, 3, 1],
    [320, 180, 2, 1],
  ] as const)('of %i×%i, %i wanted, are %i', (width, height, wanted, sizes) => {
    expect(sizesOf(scan(width, height), wanted)).toBe(sizes);
  });

  it('are one for a camera whose own pictures are handed on, and as wanted for one that is decoded', () => {
    const camera = { ...scan(1280, 720), kind: 'rtsp', url: 'rtsp://127.0.0.1/' } as const;
    expect(sizesOf(camera, 2)).toBe(1);
    expect(sizesOf({ ...camera, passThrough: true }, 2)).toBe(1);
    expect(sizesOf({ ...camera, passThrough: false }, 2)).toBe(2);
  });

  it.each([
    [1280, 720, 640, 360],
    [480, 270, 240, 136],
    [1366, 768, 684, 384],
  ])('are half and even: %i×%i to %i×%i', (width, height, halfWidth, halfHeight) => {
    expect(halfOf({ width, height, framesPerSecond: 25 })).toEqual({
      width: halfWidth,
      height: halfHeight,
      framesPerSecond: 25,
    });
  });
});

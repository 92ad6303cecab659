import { describe, expect, it } from 'vitest';
import { CLOCK_MODULUS_MS } from '../devices/clock-code.ts';
import { SectorScan } from '../devices/sector-scan.ts';
import { PictureLadder } from './picture-ladder.ts';
import type { LadderUnit } from './picture-ladder.ts';
import { allocatePicture, planesOf } from './picture-loop.ts';
import { PictureDecoder } from './testing/picture-decoder.ts';

const format = { width: 960, height: 540, framesPerSecond: 30 };
const START_MS = 1_790_000_000_000;

/** An encoder that is no longer referred to crashes the process; the box's never are. */
const kept: PictureLadder[] = [];

/** A ladder at work: each call makes the next picture and answers what came of it. */
function start(kbps: number, lowerKbps: number[]): { ladder: PictureLadder; next: () => LadderUnit[] } {
  const ladder = new PictureLadder(format, kbps, lowerKbps);
  kept.push(ladder);
  const scan = new SectorScan(format);
  const picture = allocatePicture(format);
  const planes = planesOf(picture);
  let made = 0;
  const next = (): LadderUnit[] => {
    const atMs = START_MS + Math.round((made++ * 1000) / 30);
    scan.draw(planes, atMs);
    const units: LadderUnit[] = [];
    ladder.encode(picture, atMs, (unit) => units.push(unit));
    return units;
  };
  return { ladder, next };
}
const layersOf = (units: LadderUnit[]): number[] => units.map(({ layer }) => layer);
const wholeOf = (units: LadderUnit[]): number[] => layersOf(units.filter(({ isKeyFrame }) => isKeyFrame));

describe('picture ladder', () => {
  it('gives one size when no other is wanted', () => {
    const { next } = start(1_000, []);
    expect(layersOf(next())).toEqual([0]);
  });

  it('gives each picture in all sizes, the largest first, each decodable with its clock', () => {
    const { next } = start(2_000, [125, 500]);
    const decoders = [0, 1, 2].map(() => new PictureDecoder());
    for (let i = 0; i < 20; i++) {
      const units = next();
      expect(layersOf(units)).toEqual([2, 1, 0]);
      const pictures = units.map(({ layer, data }) => decoders[layer]?.decode(data));
      expect(pictures.map((picture) => [picture?.width, picture?.height])).toEqual([
        [960, 540],
        [480, 270],
        [240, 136],
      ]);
      const code = Math.round(START_MS + (i * 1000) / 30) % CLOCK_MODULUS_MS;
      expect(pictures.map((picture) => picture?.code)).toEqual([code, code, code]);
    }
  });

  it('makes each pixel of a smaller size the mean of four', () => {
    const ladder = new PictureLadder(format, 20_000, [0, 20_000]);
    kept.push(ladder);
    const picture = allocatePicture(format);
    const { y, yStride, u, v } = planesOf(picture);
    u.fill(128);
    v.fill(128);
    // Lines and columns of one pixel: whoever leaves out every other one sees black or white, not grey.
    for (let row = 0; row < format.height; row++)
      for (let column = 0; column < format.width; column++)
        y[row * yStride + column] = (row + column) % 2 === 0 ? 40 : 200;
    const units: LadderUnit[] = [];
    ladder.encode(picture, START_MS, (unit) => units.push(unit));
    const smaller = new PictureDecoder().decode(units[1]?.data ?? Buffer.alloc(0));
    expect(smaller?.width).toBe(480);
    const luma = smaller?.luma ?? Uint8Array.of(0);
    expect(luma.reduce((least, value) => Math.min(least, value))).toBeGreaterThan(115);
    expect(luma.reduce((most, value) => Math.max(most, value))).toBeLessThan(125);
  });

  it('gives nothing of a size that pauses, and a whole picture when it comes back', () => {
    const { ladder, next } = start(2_000, [125, 500]);
    next();
    ladder.setBitrateKbps(1_000, [60, 0]);
    expect(layersOf(next())).toEqual([2, 0]);
    ladder.setBitrateKbps(600, [0, 0]);
    expect(layersOf(next())).toEqual([2]);
    ladder.setBitrateKbps(2_000, [125, 500]);
    const back = next();
    expect(layersOf(back)).toEqual([2, 1, 0]);
    expect(wholeOf(back)).toEqual([1, 0]);
    expect(wholeOf(next())).toEqual([]);
  });

  it('makes a whole picture of the size that was asked for, or of all', () => {
    const { ladder, next } = start(2_000, [125, 500]);
    expect(wholeOf(next())).toEqual([2, 1, 0]);
    for (const layer of [0, 1, 2]) {
      ladder.requestKeyFrame(layer);
      expect(wholeOf(next())).toEqual([layer]);
    }
    expect(wholeOf(next())).toEqual([]);
    ladder.requestKeyFrame();
    expect(wholeOf(next())).toEqual([2, 1, 0]);
  });

  it('keeps each size to its rate, and follows a new one', () => {
    const { ladder, next } = start(2_000, [125, 500]);
    const kbps = (): number[] => {
      const bytes = [0, 0, 0];
      for (let i = 0; i < 60; i++)
        for (const { layer, data } of next()) bytes[layer] = (bytes[layer] ?? 0) + data.length;
      return bytes.map((of) => (of * 8) / 2_000);
    };
    next();
    const [small = 0, middle = 0] = kbps();
    expect(small).toBeLessThan(125 * 1.2);
    expect(middle).toBeLessThan(500 * 1.2);
    expect(middle).toBeGreaterThan(small * 2);
    ladder.setBitrateKbps(2_000, [60, 240]);
    kbps();
    const [thinner = 0, thinned = 0] = kbps();
    expect(thinner).toBeLessThan(60 * 1.3);
    expect(thinned).toBeLessThan(240 * 1.3);
  });
});

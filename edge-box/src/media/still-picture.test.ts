import { AV_PIX_FMT_YUVJ420P, AVCOL_RANGE_JPEG } from 'node-av/constants';
import { describe, expect, it } from 'vitest';
import { CLOCK_MODULUS_MS } from '../devices/clock-code.ts';
import { SectorScan } from '../devices/sector-scan.ts';
import { allocatePicture, planesOf } from './picture-loop.ts';
import { StillPictures } from './still-picture.ts';
import { PictureDecoder } from './testing/picture-decoder.ts';

const format = { width: 960, height: 540, framesPerSecond: 30 };
const TAKEN_AT_MS = 1_790_000_000_123;

function aScan() {
  const picture = allocatePicture(format);
  new SectorScan(format).draw(planesOf(picture), TAKEN_AT_MS);
  return picture;
}
const decode = (bytes: Uint8Array) => new PictureDecoder('jpeg').decode(bytes);

describe('a still', () => {
  it('is the whole picture, its black black and its white white', () => {
    const stills = new StillPictures();
    const scan = aScan();
    const { y, yStride } = planesOf(scan);
    stills.hold(scan, TAKEN_AT_MS);
    const still = stills.take(TAKEN_AT_MS + 40);
    expect(still).toMatchObject({ width: 960, height: 540, takenAtMs: TAKEN_AT_MS, mediaType: 'image/jpeg' });
    const picture = decode(still.bytes);
    expect(picture).toMatchObject({ width: 960, height: 540, code: TAKEN_AT_MS % CLOCK_MODULUS_MS });
    const luma = picture?.luma ?? new Uint8Array();
    // Video says 16 where JPEG says 0, and 235 where it says 255.
    let worst = 0;
    let sum = 0;
    for (let row = 0; row < format.height; row++) {
      for (let column = 0; column < format.width; column++) {
        const wanted = (((y[row * yStride + column] ?? 0) - 16) * 255) / 219;
        const off = Math.abs((luma[row * format.width + column] ?? 0) - Math.min(255, Math.max(0, wanted)));
        worst = Math.max(worst, off);
        sum += off;
      }
    }
    expect(luma[530 * 960 + 10]).toBeLessThanOrEqual(1);
    expect(sum / luma.length).toBeLessThan(1.5);
    expect(worst).toBeLessThan(40);
  });

  it('of a camera that has the full range already is not stretched again', () => {
    const picture = allocatePicture(format);
    const { y, u, v } = planesOf(picture);
    y.fill(40);
    u.fill(128);
    v.fill(128);
    picture.format = AV_PIX_FMT_YUVJ420P;
    picture.colorRange = AVCOL_RANGE_JPEG;
    const stills = new StillPictures();
    stills.hold(picture, TAKEN_AT_MS);
    expect(decode(stills.take(TAKEN_AT_MS).bytes)?.luma[100]).toBe(40);
  });

  it('is refused when no picture has come, and when none has come for long', () => {
    const stills = new StillPictures();
    expect(() => stills.take(TAKEN_AT_MS)).toThrow(expect.objectContaining({ code: 'no-picture' }));
    stills.hold(aScan(), TAKEN_AT_MS);
    expect(() => stills.take(TAKEN_AT_MS + 2_001)).toThrow(expect.objectContaining({ code: 'old-picture' }));
    expect(stills.take(TAKEN_AT_MS + 2_000).bytes.length).toBeGreaterThan(10_000);
  });
});

import { describe, expect, it } from 'vitest';
import {
  CLOCK_MODULUS_MS,
  ageFromClockCode,
  clockBlockPx,
  drawClockCode,
  readClockCode,
} from './clock-code.ts';

const T = 1_790_123_456_789;

function picture(width: number, height: number, timeMs: number): Uint8Array {
  const luma = new Uint8Array(width * height).fill(90);
  drawClockCode(luma, width, timeMs);
  return luma;
}

function rgba(luma: Uint8Array): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(luma.length * 4).fill(255);
  luma.forEach((value, i) => pixels.fill(value, i * 4, i * 4 + 3));
  return pixels;
}

describe('clock code', () => {
  it.each([
    [1280, 720],
    [640, 360],
    [1920, 1080],
  ])('reads back at %i × %i, from luma and from RGBA', (width, height) => {
    const luma = picture(width, height, T);
    expect(readClockCode(luma, width, height)).toBe(T % CLOCK_MODULUS_MS);
    expect(readClockCode(rgba(luma), width, height)).toBe(T % CLOCK_MODULUS_MS);
    expect(clockBlockPx(width)).toBeGreaterThanOrEqual(16);
  });

  it('reads every kind of value: zero, all ones, fractions cut off', () => {
    for (const time of [0, CLOCK_MODULUS_MS - 1, 0xaaaaaa, 0x555555, 1234.9]) {
      expect(readClockCode(picture(640, 360, time), 640, 360)).toBe(Math.floor(time) % CLOCK_MODULUS_MS);
    }
  });

  it('keeps to the stride of the plane', () => {
    const stride = 704;
    const luma = new Uint8Array(stride * 360).fill(90);
    drawClockCode(luma, 640, T, stride);
    const packed = new Uint8Array(640 * 360);
    for (let y = 0; y < 360; y++) packed.set(luma.subarray(y * stride, y * stride + 640), y * 640);
    expect(readClockCode(packed, 640, 360)).toBe(T % CLOCK_MODULUS_MS);
    expect(luma[640 + 20 * stride]).toBe(90);
  });

  it('survives scaling down, noise and a raised black level', () => {
    const luma = picture(1280, 720, T);
    const small = new Uint8Array(426 * 240);
    for (let y = 0; y < 240; y++) {
      for (let x = 0; x < 426; x++) {
        const from = luma[Math.floor((y * 720) / 240) * 1280 + Math.floor((x * 1280) / 426)] ?? 0;
        small[y * 426 + x] = 40 + from * 0.7 + ((x * 31 + y * 17) % 23);
      }
    }
    expect(readClockCode(small, 426, 240)).toBe(T % CLOCK_MODULUS_MS);
  });

  it('believes nothing where there is no code', () => {
    expect(readClockCode(new Uint8Array(640 * 360), 640, 360)).toBeNull();
    expect(readClockCode(new Uint8Array(640 * 360).fill(255), 640, 360)).toBeNull();
    let seed = 3;
    const noise = Uint8Array.from({ length: 640 * 360 }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed >>> 24;
    });
    expect(readClockCode(noise, 640, 360)).toBeNull();
    expect(readClockCode(new Uint8Array(10), 640, 360)).toBeNull();
  });

  it('refuses a picture in which one block is torn', () => {
    const luma = picture(640, 360, T);
    const block = clockBlockPx(640);
    for (let column = 2; column < 18; column++) {
      const torn = luma.slice();
      const left = block * (1 + column);
      const was = luma[block * 1.5 * 640 + left + 8] ?? 0;
      for (let y = block; y < 2 * block; y++) torn.fill(251 - was, y * 640 + left, y * 640 + left + block);
      expect(readClockCode(torn, 640, 360)).toBeNull();
    }
  });

  it('gives ages across the wrap of the code', () => {
    expect(ageFromClockCode(T % CLOCK_MODULUS_MS, T + 45)).toBe(45);
    expect(ageFromClockCode(CLOCK_MODULUS_MS - 10, 3 * CLOCK_MODULUS_MS + 25)).toBe(35);
    expect(ageFromClockCode(5, 3 * CLOCK_MODULUS_MS - 5)).toBe(-10);
  });
});

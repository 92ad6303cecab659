import { describe, expect, it } from 'vitest';
import {
  MDC,
  MDC_UNIT,
  VITALS_HEADER_BYTES,
  VITALS_NO_VALUE,
  VITALS_QUALITIES,
  VitalsFrameError,
  decodeVitalsFrame,
  encodeVitalsFrame,
  vitalsValues,
} from './frame.ts';
import type { VitalsFrame } from './frame.ts';

const ecg: VitalsFrame = {
  sequence: 4_294_967_295,
  startHubMs: 1_790_000_000_123.25,
  sampleRateHz: 360,
  code: MDC.ecgLeadII,
  unit: MDC_UNIT.millivolt,
  scale: 0.005,
  offset: -5.12,
  simulated: true,
  samples: Int16Array.of(1024, -1, VITALS_NO_VALUE, 32_767),
};

describe('vitals frame', () => {
  it('comes back as it was sent', () => {
    const back = decodeVitalsFrame(encodeVitalsFrame(ecg));
    expect(back).toEqual({ ...ecg, quality: 'ok', scale: Math.fround(0.005), offset: Math.fround(-5.12) });
  });

  it.each(VITALS_QUALITIES)('says that the quality is %s', (quality) => {
    const back = decodeVitalsFrame(encodeVitalsFrame({ ...ecg, quality }));
    expect(back).toMatchObject({ quality, simulated: true });
  });

  it('refuses a quality that it does not know', () => {
    const bytes = encodeVitalsFrame(ecg);
    bytes[3] = 0x0e;
    expect(() => decodeVitalsFrame(bytes)).toThrow(VitalsFrameError);
  });

  it('is read from a view into a larger buffer, at any alignment', () => {
    const bytes = encodeVitalsFrame(ecg);
    const padded = new Uint8Array(bytes.length + 7);
    padded.set(bytes, 3);
    expect(decodeVitalsFrame(padded.subarray(3, 3 + bytes.length)).samples).toEqual(ecg.samples);
  });

  it('gives values in the unit and NaN for missing ones', () => {
    const values = vitalsValues(decodeVitalsFrame(encodeVitalsFrame(ecg)));
    expect(values[0]).toBeCloseTo(0, 5);
    expect(values[2]).toBeNaN();
  });

  it('is little endian as documented', () => {
    const bytes = encodeVitalsFrame(ecg);
    expect([...bytes.subarray(0, 4)]).toEqual([0x52, 0x56, 1, 1]);
    expect([...bytes.subarray(36, 42)]).toEqual([4, 0, 0, 0, 0x00, 0x04]);
  });

  const broken: [string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array][] = [
    ['empty', () => new Uint8Array(0)],
    ['header cut short', (bytes) => bytes.subarray(0, VITALS_HEADER_BYTES - 1)],
    ['one byte missing', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['one byte too many', (bytes) => Uint8Array.of(...bytes, 0)],
    ['wrong magic', (bytes) => bytes.with(0, 0) as Uint8Array],
    ['unknown version', (bytes) => bytes.with(2, 9) as Uint8Array],
    ['count larger than the message', (bytes) => bytes.with(36, 200) as Uint8Array],
    ['no samples', (bytes) => bytes.with(36, 0).subarray(0, VITALS_HEADER_BYTES)],
    ['time not a number', (bytes) => (new DataView(bytes.buffer).setFloat64(8, NaN, true), bytes)],
    ['rate not a number', (bytes) => (new DataView(bytes.buffer).setFloat32(16, NaN, true), bytes)],
    ['negative rate', (bytes) => (new DataView(bytes.buffer).setFloat32(16, -1, true), bytes)],
    ['scale infinite', (bytes) => (new DataView(bytes.buffer).setFloat32(28, Infinity, true), bytes)],
    [
      'many samples of a single reading',
      (bytes) => (new DataView(bytes.buffer).setFloat32(16, 0, true), bytes),
    ],
  ];
  it.each(broken)('refuses a malformed message: %s', (_, damage) => {
    expect(() => decodeVitalsFrame(damage(encodeVitalsFrame(ecg)))).toThrow(VitalsFrameError);
  });

  it('never throws anything but its own error on random bytes', () => {
    let seed = 1;
    for (let run = 0; run < 5_000; run++) {
      const bytes = Uint8Array.from({ length: run % 120 }, () => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return seed >>> 24;
      });
      if (bytes.length > 2) bytes.set([0x52, 0x56, 1]);
      try {
        decodeVitalsFrame(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(VitalsFrameError);
      }
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  float32,
  heartRateMeasurement,
  plxContinuous,
  plxSpotCheck,
  sfloat,
  temperatureMeasurement,
} from './gatt-readings.ts';

/** Equal but for the last bits of a double; NaN is itself. */
const near = (value: number): unknown => (Number.isNaN(value) ? NaN : expect.closeTo(value, 2));
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('the medical floats of IEEE 11073-20601', () => {
  it.each([
    [0x0048, 72],
    [0xf3cc, 97.2],
    [0x0fff, -1],
    [0x1007, 70],
    [0xe_000 | 0x123, 2.91],
    [0x07ff, NaN],
    [0x0800, NaN],
    [0x07fe, NaN],
    [0x0802, NaN],
  ])('16 bits: 0x%s', (raw, value) => {
    expect(sfloat(raw)).toEqual(near(value));
  });
  it.each([
    // 36.4 °C as the thermometer specification writes it: 0xFF00016C.
    [0xff00016c, 36.4],
    [0x00000064, 100],
    [0x007fffff, NaN],
    [0x00800000, NaN],
  ])('32 bits: 0x%s', (raw, value) => {
    expect(float32(raw)).toEqual(near(value));
  });
});

describe('heart rate measurement 0x2A37', () => {
  it.each([
    ['8 bits', bytes(0x00, 72), 72, 'ok'],
    ['16 bits', bytes(0x01, 0x2c, 0x01), 300, 'ok'],
    ['with energy and RR intervals', bytes(0x18, 60, 0x10, 0x00, 0x00, 0x04), 60, 'ok'],
    ['sensor touches', bytes(0x06, 65), 65, 'ok'],
    ['sensor touches not', bytes(0x04, 65), 65, 'lead-off'],
    ['no rate yet', bytes(0x06, 0), NaN, 'ok'],
  ])('%s', (_, data, value, quality) => {
    expect(heartRateMeasurement(data)).toEqual([{ metric: 'heart-rate', value, quality }]);
  });
  it('is none when too short', () => {
    expect(heartRateMeasurement(bytes(0x00))).toBeNull();
    expect(heartRateMeasurement(bytes(0x01, 0x2c))).toBeNull();
  });
});

describe('pulse oximeter', () => {
  it.each([
    ['continuous, plain', plxContinuous(bytes(0x00, 0x61, 0x00, 0x48, 0x00)), 97, 72, 'ok'],
    [
      'continuous, with fast and slow values and no finger',
      plxContinuous(bytes(0x0b, 0x61, 0, 0x48, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0x00, 0x08, 0x00)),
      97,
      72,
      'lead-off',
    ],
    ['continuous, poor signal', plxContinuous(bytes(0x08, 0x61, 0, 0x48, 0, 0x10, 0, 0)), 97, 72, 'artefact'],
    ['continuous, low perfusion', plxContinuous(bytes(0x08, 0x61, 0, 0x48, 0, 0x20, 0, 0)), 97, 72, 'ok'],
    ['continuous, for testing', plxContinuous(bytes(0x04, 0x61, 0, 0x48, 0, 0x00, 0x08)), 97, 72, 'artefact'],
    [
      'spot check, with a time stamp and both states',
      plxSpotCheck(bytes(0x07, 0xd1, 0xf3, 0x48, 0, 0xe8, 0x07, 1, 1, 12, 0, 0, 0x80, 0x00, 0, 0, 0)),
      97.7,
      72,
      'ok',
    ],
    ['no values', plxContinuous(bytes(0x00, 0xff, 0x07, 0xff, 0x07)), NaN, NaN, 'ok'],
  ])('%s', (_, readings, spo2, pulse, quality) => {
    expect(readings).toEqual([
      { metric: 'spo2', value: near(spo2), quality },
      { metric: 'pulse-rate', value: near(pulse), quality },
    ]);
  });
  it('is none when its flags promise more than there is', () => {
    expect(plxContinuous(bytes(0x08, 0x61, 0, 0x48, 0))).toBeNull();
    expect(plxSpotCheck(bytes(0x07, 0x61, 0, 0x48, 0, 0, 0))).toBeNull();
  });
});

describe('temperature measurement 0x2A1C', () => {
  it.each([
    ['Celsius', bytes(0x00, 0x6c, 0x01, 0x00, 0xff), 36.4],
    ['Fahrenheit', bytes(0x01, 0xd9, 0x03, 0x00, 0xff), 36.94],
    ['none', bytes(0x00, 0xff, 0xff, 0x7f, 0x00), NaN],
  ])('%s', (_, data, value) => {
    expect(temperatureMeasurement(data)).toEqual([
      { metric: 'temperature', value: near(value), quality: 'ok' },
    ]);
  });
});

it('takes any bytes without falling over', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (data) => {
      for (const parse of [heartRateMeasurement, plxContinuous, plxSpotCheck, temperatureMeasurement])
        parse(data);
    }),
  );
});

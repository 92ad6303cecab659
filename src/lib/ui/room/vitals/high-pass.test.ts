import { expect, test } from 'vitest';
import { HighPass, MONITOR_HIGH_PASS_HZ } from './high-pass.ts';

const RATE_HZ = 250;
const filter = (): HighPass => new HighPass(MONITOR_HIGH_PASS_HZ, RATE_HZ);
const sine = (hz: number, seconds: number): Float32Array =>
  Float32Array.from({ length: seconds * RATE_HZ }, (_, i) => Math.sin((2 * Math.PI * hz * i) / RATE_HZ));
const peakAfter = (values: Float32Array, from: number): number =>
  Math.max(...values.slice(from).map(Math.abs));

test('wander goes, beats stay', () => {
  expect(peakAfter(filter().filter(sine(0.05, 40)), 10 * RATE_HZ)).toBeLessThan(0.15);
  expect(peakAfter(filter().filter(sine(10, 4)), RATE_HZ)).toBeGreaterThan(0.98);
});

test('a steady offset fades away within seconds', () => {
  const it = filter();
  it.filter(Float32Array.of(0));
  const values = it.filter(new Float32Array(3 * RATE_HZ).fill(2));
  expect(values[0]).toBeGreaterThan(1.9);
  expect(Math.abs(values.at(-1)!)).toBeLessThan(0.01);
});

test('blocks are filtered as one signal, and a gap starts afresh', () => {
  const whole = filter().filter(sine(1, 2));
  const it = filter();
  const parts = sine(1, 2);
  it.filter(parts.subarray(0, 100));
  it.filter(parts.subarray(100));
  expect(parts).toEqual(whole);

  const gap = filter().filter(Float32Array.of(5, NaN, 7));
  expect([...gap]).toEqual([0, NaN, 0]);
});

import { expect, test } from 'vitest';
import { SweepBuffer } from './sweep-buffer.ts';

const T0 = 1_800_000_000_000;
const read = (buffer: SweepBuffer, fromMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => buffer.valueAt(buffer.indexAt(fromMs) + i));

test('blocks in order are one line', () => {
  const buffer = new SweepBuffer(100, 1);
  buffer.put(T0, Float32Array.of(1, 2, 3));
  buffer.put(T0 + 30, Float32Array.of(4, 5));
  expect(read(buffer, T0, 6)).toEqual([1, 2, 3, 4, 5, NaN]);
  expect(buffer.newestMs).toBe(T0 + 40);
});

test('a lost block is a gap, and filled when it comes late', () => {
  const buffer = new SweepBuffer(100, 1);
  buffer.put(T0, Float32Array.of(1, 1, 1, 1, 1));
  buffer.put(T0 + 100, Float32Array.of(3, 3));
  expect(read(buffer, T0 + 50, 7)).toEqual([NaN, NaN, NaN, NaN, NaN, 3, 3]);
  buffer.put(T0 + 50, Float32Array.of(2, 2, 2, 2, 2));
  expect(read(buffer, T0 + 50, 7)).toEqual([2, 2, 2, 2, 2, 3, 3]);
  expect(buffer.newestMs).toBe(T0 + 110);
});

test('a gap does not show the last lap of the ring, but what is still kept stays', () => {
  const buffer = new SweepBuffer(100, 0.1);
  buffer.put(T0, new Float32Array(10).fill(7));
  buffer.put(T0 + 150, Float32Array.of(1));
  expect(read(buffer, T0 + 60, 10)).toEqual([7, 7, 7, 7, NaN, NaN, NaN, NaN, NaN, 1]);
});

test('a silence longer than the ring leaves only what came after it', () => {
  const buffer = new SweepBuffer(100, 0.1);
  buffer.put(T0, new Float32Array(10).fill(7));
  buffer.put(T0 + 60_000, Float32Array.of(1, 2));
  expect(read(buffer, T0 + 60_000 - 80, 10)).toEqual([...new Array<number>(8).fill(NaN), 1, 2]);
});

test('a block longer than the ring keeps its end; one older than the ring is dropped', () => {
  const buffer = new SweepBuffer(100, 0.05);
  buffer.put(T0, Float32Array.of(1, 2, 3, 4, 5, 6, 7));
  expect(read(buffer, T0 + 20, 5)).toEqual([3, 4, 5, 6, 7]);
  buffer.put(T0 - 5000, Float32Array.of(9, 9));
  expect(read(buffer, T0 + 20, 5)).toEqual([3, 4, 5, 6, 7]);
});

test('rounding of one sample does not tear the line', () => {
  const buffer = new SweepBuffer(250, 1);
  buffer.put(T0, new Float32Array(25).fill(1));
  buffer.put(T0 + 104, new Float32Array(25).fill(2));
  expect(read(buffer, T0, 50).some(Number.isNaN)).toBe(false);
});

import { expect, it } from 'vitest';
import { chimeWav } from './test-sound.ts';

it('makes a WAV whose header tells its length, and which is neither silent nor clipped', () => {
  const view = new DataView(chimeWav());
  expect(view.getUint32(40, true)).toBe(view.byteLength - 44);
  expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
  const samples = new Int16Array(view.buffer, 44);
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  expect(loudest).toBeGreaterThan(5000);
  expect(loudest).toBeLessThan(30_000);
  expect(Math.abs(samples.at(-1)!)).toBeLessThan(50);
});

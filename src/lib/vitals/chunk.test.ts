import { expect, it } from 'vitest';
import { packVitals, unpackVitals } from './chunk.ts';
import { encodeVitalsFrame, MDC, MDC_UNIT, VitalsFrameError } from './frame.ts';

const message = (sequence: number, samples: number): Uint8Array =>
  encodeVitalsFrame({
    code: MDC.ecgLeadII,
    unit: MDC_UNIT.millivolt,
    startHubMs: 1_790_000_000_000,
    sampleRateHz: 500,
    scale: 0.005,
    offset: 0,
    simulated: true,
    sequence,
    samples: Int16Array.from({ length: samples }, (_, i) => i),
  });

it('gives back the messages that went in, in their order', () => {
  const frames = unpackVitals(packVitals([message(1, 50), message(2, 2000), message(3, 1)]));
  expect(frames.map(({ sequence, samples }) => [sequence, samples.length])).toEqual([
    [1, 50],
    [2, 2000],
    [3, 1],
  ]);
});

it('refuses what is empty, cut short or followed by something else', () => {
  const whole = packVitals([message(1, 50), message(2, 50)]);
  expect(() => unpackVitals(new Uint8Array())).toThrow(VitalsFrameError);
  for (let length = 1; length < whole.length; length++) {
    if (length === whole.length / 2) continue; // exactly the first message
    expect(() => unpackVitals(whole.subarray(0, length)), String(length)).toThrow(VitalsFrameError);
  }
  expect(() => unpackVitals(Uint8Array.of(...whole, 0))).toThrow(VitalsFrameError);
});

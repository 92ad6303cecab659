import { describe, expect, it } from 'vitest';
import { allocateKbps } from './rate-allocation.ts';
import type { Share } from './rate-allocation.ts';

const face: Share = { streamClass: 'face', minKbps: 150, maxKbps: 800 };
const probe: Share = { streamClass: 'clinical', minKbps: 500, maxKbps: 4_000 };

describe('rate allocation', () => {
  it('gives everyone the maximum on a good link', () => {
    expect(allocateKbps(10_000, 40, [face, probe])).toEqual([800, 4_000]);
  });

  it('takes from the face first', () => {
    const [faceKbps, probeKbps] = allocateKbps(3_000, 40, [face, probe]);
    expect(faceKbps).toBe(150);
    expect(probeKbps).toBe(2_570);
  });

  it('keeps the clinical minimum when there is not enough for both', () => {
    expect(allocateKbps(600, 40, [face, probe])).toEqual([12, 500]);
    expect(allocateKbps(20, 40, [face, probe])).toEqual([0, 0]);
  });
});

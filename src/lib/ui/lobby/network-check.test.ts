import { describe, expect, it } from 'vitest';
import { gradeNetwork } from './network-check.ts';

describe('the network in one word', () => {
  it.each([
    [
      { rttMs: 22.4, jitterMs: 10, failedFraction: 0 },
      { grade: 'good', rttMs: 22 },
    ],
    [
      { rttMs: 22, jitterMs: 400, failedFraction: 0 },
      { grade: 'fair', rttMs: 22 },
    ],
    [
      { rttMs: 150, jitterMs: 20, failedFraction: 0 },
      { grade: 'fair', rttMs: 150 },
    ],
    [
      { rttMs: 300, jitterMs: 0, failedFraction: 0 },
      { grade: 'poor', rttMs: 300 },
    ],
    [
      { rttMs: 50, jitterMs: 900, failedFraction: 0 },
      { grade: 'poor', rttMs: 50 },
    ],
    [
      { rttMs: 20, jitterMs: 2, failedFraction: 0.2 },
      { grade: 'poor', rttMs: 20 },
    ],
    [
      { rttMs: Infinity, jitterMs: Infinity, failedFraction: 1 },
      { grade: 'none', rttMs: null },
    ],
  ])('%j is %j', (figures, check) => {
    expect(gradeNetwork(figures)).toEqual(check);
  });
});

import { describe, expect, it } from 'vitest';
import { figuresOf, fitsAfterS, frozenS, gaps, longestGapS, offeredKbps, reachesAfterS } from './metrics.ts';
import type { Recording } from './recording.ts';
import { referenceScenarios } from './reference.ts';
import { SAMPLE_MS } from './relay-protocol.ts';

/** A recording from what is offered at each moment and when there are no pictures. */
function recording(options: {
  durationMs: number;
  kbps?: (atMs: number) => number;
  stands?: { startMs: number; endMs: number }[];
  ageMs?: number | null;
}): Recording {
  const { durationMs, kbps = () => 2_000, stands = [], ageMs = 50 } = options;
  const samples = Array.from({ length: durationMs / SAMPLE_MS }, (_, i) => ({
    // Not in step with anything else, as in a real run.
    atMs: i * SAMPLE_MS + 7.3,
    bytes: (kbps(i * SAMPLE_MS) * SAMPLE_MS) / 8,
    packets: 5,
    lost: 0,
    dropped: 0,
    queueMs: 0,
    lateMs: 0.1,
  }));
  const frames = Array.from({ length: Math.floor((durationMs / 1000) * 30) }, (_, i) => ({
    atMs: (i * 1000) / 30,
    ageMs,
    height: 720,
  })).filter(({ atMs }) => !stands.some(({ startMs, endMs }) => atMs > startMs && atMs < endMs));
  return { publisher: 'test', scenario: 'test', seed: 1, frames, samples, firstFrameMs: 420, estimates: [] };
}

describe('figures of a bad link', () => {
  it('counts as frozen whole gaps over 200 ms, as far as they lie in the stretch', () => {
    const run = recording({
      durationMs: 10_000,
      stands: [
        { startMs: 1_000, endMs: 1_190 },
        { startMs: 2_000, endMs: 2_400 },
        { startMs: 4_800, endMs: 5_500 },
      ],
    });
    const all = gaps(run, 10_000);
    expect(frozenS(all, { startMs: 0, endMs: 5_000 })).toBeCloseTo(0.4 + 0.2, 5);
    expect(frozenS(all, { startMs: 5_000, endMs: 10_000 })).toBeCloseTo(0.5, 5);
    expect(frozenS(all, { startMs: 0, endMs: 1_500 })).toBe(0);
    // A gap is as long as it is, wherever it began.
    expect(longestGapS(all, { startMs: 5_000, endMs: 10_000 })).toBeCloseTo(0.7, 5);
    expect(longestGapS(all, { startMs: 1_500, endMs: 3_000 })).toBeCloseTo(0.4, 5);
  });

  it('takes a picture that never comes back for frozen to the end', () => {
    const all = gaps(recording({ durationMs: 5_000, stands: [{ startMs: 2_000, endMs: 9_999 }] }), 5_000);
    expect(frozenS(all, { startMs: 0, endMs: 5_000 })).toBeCloseTo(3, 1);
    const nothing: Recording = { ...recording({ durationMs: 1_000 }), frames: [] };
    expect(frozenS(gaps(nothing, 1_000), { startMs: 0, endMs: 1_000 })).toBe(1);
  });

  it('knows what was offered', () => {
    const run = recording({ durationMs: 4_000, kbps: (atMs) => (atMs < 2_000 ? 1_000 : 3_000) });
    expect(offeredKbps(run, { startMs: 0, endMs: 2_000 })).toBeCloseTo(1_000, 5);
    expect(offeredKbps(run, { startMs: 1_000, endMs: 3_000 })).toBeCloseTo(2_000, 5);
    expect(offeredKbps(run, { startMs: 8_000, endMs: 9_000 })).toBeNaN();
  });

  it('finds when it fits under a cap, and counts only from where it stays', () => {
    const cap = { startMs: 1_000, endMs: 11_000 };
    const at = (kbps: (atMs: number) => number) =>
      fitsAfterS(recording({ durationMs: 12_000, kbps }), cap, 800);
    expect(at((atMs) => (atMs < 1_600 ? 2_000 : 700))).toBeCloseTo(0.8, 1);
    // Under it for a while, over it again until 6 s after its start.
    expect(at((atMs) => (atMs < 1_600 || (atMs > 3_000 && atMs < 7_000) ? 2_000 : 700))).toBeCloseTo(6.2, 1);
    // A key frame or a probe that its second makes up for is no excess.
    expect(at((atMs) => (atMs < 1_600 || (atMs > 4_000 && atMs < 4_100) ? 2_000 : 600))).toBeCloseTo(0.8, 1);
    expect(at(() => 900)).toBeNull();
  });

  it('finds when a rate is there again', () => {
    const run = recording({ durationMs: 20_000, kbps: (atMs) => 500 + atMs / 10 });
    const after = reachesAfterS(run, { startMs: 2_000, endMs: 20_000 }, 1_500);
    expect(after).toBeCloseTo(8.5, 1);
    expect(reachesAfterS(run, { startMs: 2_000, endMs: 20_000 }, 5_000)).toBeNull();
  });

  it('sums up the issue’s scenario', () => {
    const scenario = referenceScenarios().find(({ name }) => name === 'reference')!;
    const at = (kind: string) => scenario.phases.find((phase) => phase.kind === kind)!;
    const stand = (kind: string, lengthMs: number) => {
      const startMs = Math.ceil((at(kind).startMs + 500) / 100) * 100;
      return { startMs, endMs: startMs + lengthMs };
    };
    const figures = figuresOf(
      recording({
        durationMs: Math.ceil(scenario.durationMs / 20) * 20,
        kbps: (atMs) => {
          if (atMs < at('cap').startMs + 1_000) return 2_400;
          if (atMs < at('return').startMs + 5_000) return 600;
          return 2_400;
        },
        stands: [stand('cap', 1_000), stand('outage', 2_000), stand('rebind', 300), stand('move', 400)],
      }),
      scenario,
    );
    expect(figures.goodKbps).toBeCloseTo(2_400, 5);
    expect(figures.goodAgeP50Ms).toBe(50);
    expect(figures.capFramesPerSecond).toBeCloseTo(27.1, 0);
    expect(figures.capFrozenS).toBeCloseTo(1, 2);
    expect(figures.capLongestGapS).toBeCloseTo(1, 2);
    expect(figures.capFitsAfterS).toBeCloseTo(1.1, 0);
    expect(figures.returnAfterS).toBeCloseTo(5.9, 0);
    expect(figures.outageFrozenS).toBeCloseTo(2, 2);
    expect(figures.rebindLongestGapS).toBeCloseTo(0.3, 2);
    expect(figures.moveLongestGapS).toBeCloseTo(0.4, 2);
  });
});

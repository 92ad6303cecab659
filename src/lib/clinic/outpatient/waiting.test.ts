import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedWait } from './expected-wait.ts';
import { byTurn, ranksBehind, type Ranked } from './ranks.ts';
import { simulateWaits } from './wait-simulation.ts';

const MINUTE = 60_000;

describe('turns', () => {
  const queue = fc.uniqueArray(
    fc.record({
      caseId: fc.string({ minLength: 4, maxLength: 8 }),
      rank: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, max: 1e12, noNaN: true })),
      arrivedAtMs: fc.integer({ min: 0, max: 3 }),
    }),
    { selector: ({ caseId }) => caseId, minLength: 1, maxLength: 12 },
  );
  const after = (waiting: readonly Ranked[], changes: ReadonlyMap<string, number>) =>
    waiting.map((each) => ({ ...each, rank: changes.get(each.caseId) ?? each.rank })).sort(byTurn);
  const ids = (waiting: readonly Ranked[]) => waiting.map(({ caseId }) => caseId);

  it('are a total order, in which who is skipped comes behind as many as was said and everybody else keeps the order', () => {
    fc.assert(
      fc.property(queue, fc.nat(), fc.integer({ min: 1, max: 20 }), (waiting, pick, behind) => {
        const before = [...waiting].sort(byTurn);
        const moved = before[pick % before.length]!;
        const place = before.indexOf(moved);
        const now = after(before, ranksBehind(before, moved, behind));
        const others = (list: readonly Ranked[]) => ids(list).filter((id) => id !== moved.caseId);
        expect(others(now)).toEqual(others(before));
        const ties = before.slice(place + 1).filter(({ rank }) => rank === moved.rank).length;
        const expected = Math.min(before.length - 1, place + ties + behind);
        expect(ids(now).indexOf(moved.caseId)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('never run out of numbers, however often somebody is skipped between the same two', () => {
    let waiting: Ranked[] = [0, 1, 2, 3].map((each) => ({
      caseId: `case${each}`,
      rank: each,
      arrivedAtMs: each,
    }));
    for (let round = 0; round < 500; round++) {
      const [first] = waiting as [Ranked];
      const next = waiting[1]!.caseId;
      waiting = after(waiting, ranksBehind(waiting, first, 1));
      expect(ids(waiting)[0]).toBe(next);
      expect(new Set(waiting.map(({ rank }) => rank)).size).toBe(4);
    }
  });
});

describe('the expected wait', () => {
  const steady = Array.from({ length: 30 }, () => 10 * MINUTE);

  it('grows with everybody ahead, and follows the doctor’s own visits', () => {
    const waits = [0, 1, 2, 5, 10].map((ahead) =>
      expectedWait({ lengthsMs: steady, presentMs: null }, ahead),
    );
    for (const [index, wait] of waits.entries()) {
      expect(wait.highMs).toBeGreaterThan(wait.lowMs);
      if (index > 0) expect(wait.lowMs).toBeGreaterThan(waits[index - 1]!.lowMs);
    }
    const slow = expectedWait({ lengthsMs: steady.map((each) => 2 * each), presentMs: null }, 5);
    expect(slow.lowMs).toBeGreaterThan(1.5 * expectedWait({ lengthsMs: steady, presentMs: null }, 5).lowMs);
  });

  it('is not moved far by one visit of two hours', () => {
    const one = expectedWait({ lengthsMs: [...steady.slice(1), 120 * MINUTE], presentMs: null }, 5);
    const none = expectedWait({ lengthsMs: steady, presentMs: null }, 5);
    expect(one.lowMs / none.lowMs).toBeLessThan(1.1);
  });

  it('is a number for everything that a day can bring', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 600 * MINUTE }), { maxLength: 30 }),
        fc.option(fc.integer({ min: -MINUTE, max: 600 * MINUTE })),
        fc.nat({ max: 200 }),
        (lengthsMs, presentMs, ahead) => {
          const { lowMs, highMs } = expectedWait({ lengthsMs, presentMs }, ahead);
          expect(Number.isFinite(lowMs) && Number.isFinite(highMs)).toBe(true);
          expect(lowMs).toBeGreaterThanOrEqual(0);
          expect(highMs).toBeGreaterThanOrEqual(lowMs);
        },
      ),
    );
  });

  it('is nearer to what happens than eight minutes for everybody, and four of five are in by its end', () => {
    const { told, naive } = simulateWaits({ seed: 7, doctors: 60, sessions: 5, patientsPerSession: 24 });
    expect(told.waits).toBeGreaterThan(5_000);
    expect(told.absoluteErrorMs).toBeLessThan(0.9 * naive.absoluteErrorMs);
    expect(Math.abs(told.biasMs)).toBeLessThan(Math.abs(naive.biasMs) / 2);
    expect(told.overByHigh).toBeGreaterThan(0.75);
    expect(told.overByHigh).toBeLessThan(0.85);
  });
});

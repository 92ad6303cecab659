import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GOOD_AFTER_MS, guarded, isRed, RED_AFTER_MS, UNKNOWN_LINK, type LinkGuard } from './link-guard.ts';

const looks = fc.array(
  fc.record({
    red: fc.boolean(),
    afterMs: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 60_000 })),
  }),
  { minLength: 1, maxLength: 200 },
);

it('is red only after a red that lasts, good only after a calm that lasts, and never swings faster than that', () => {
  fc.assert(
    fc.property(looks, (steps) => {
      let guard: LinkGuard = UNKNOWN_LINK;
      let atMs = 1_000_000;
      const seen: { red: boolean; atMs: number }[] = [];
      const turnedGoodAt: number[] = [];
      for (const { red, afterMs } of steps) {
        atMs += afterMs;
        seen.push({ red, atMs });
        const before = guard.link;
        guard = guarded(guard, red, atMs);
        const sinceOther = seen.findLastIndex((look) => look.red !== red);
        const lasted = atMs - seen[sinceOther + 1]!.atMs;
        const expected = red
          ? lasted >= RED_AFTER_MS
            ? 'red'
            : before
          : lasted >= GOOD_AFTER_MS
            ? 'good'
            : before;
        expect(guard.link).toBe(expected);
        if (before === 'red' && guard.link === 'good') turnedGoodAt.push(atMs);
      }
      for (const [i, at] of turnedGoodAt.entries())
        if (i > 0) expect(at - turnedGoodAt[i - 1]!).toBeGreaterThan(GOOD_AFTER_MS);
    }),
  );
});

it('judges by the age that a picture must have by this way, and by silence of either end', () => {
  const fine = { rttMs: 48, pictureSilentMs: 40, surgeonSilentMs: 300 };
  expect(isRed(fine)).toBe(false);
  expect(isRed({ ...fine, rttMs: 240 })).toBe(false);
  expect(isRed({ ...fine, rttMs: 260 })).toBe(true);
  expect(isRed({ ...fine, pictureSilentMs: 501 })).toBe(true);
  expect(isRed({ ...fine, surgeonSilentMs: 2_500 })).toBe(true);
});

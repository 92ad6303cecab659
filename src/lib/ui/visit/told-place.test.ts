import { describe, expect, it } from 'vitest';
import { withToldPlace } from './told-place.ts';

const loaded = { caseId: 'c1', place: { ahead: 3, waitLowMs: 1, waitHighMs: 2, asOfMs: 1000 } };
const told = { caseId: 'c1', ahead: 2, waitLowMs: 3, waitHighMs: 4, asOfMs: 2000 };

describe('the place of a patient who waits', () => {
  it('is the one that was told after the page was loaded', () => {
    expect(withToldPlace(loaded, told).place).toEqual({
      ahead: 2,
      waitLowMs: 3,
      waitHighMs: 4,
      asOfMs: 2000,
    });
  });

  it('is the loaded one when that is newer, when nothing was told, or when another visit was meant', () => {
    expect(withToldPlace(loaded, { ...told, asOfMs: 999 })).toBe(loaded);
    expect(withToldPlace(loaded, null)).toBe(loaded);
    expect(withToldPlace(loaded, { ...told, caseId: 'c2' })).toBe(loaded);
  });

  it('does not come back for somebody who waits no more', () => {
    const calledIn = { caseId: 'c1', place: null };
    expect(withToldPlace(calledIn, told)).toBe(calledIn);
  });
});

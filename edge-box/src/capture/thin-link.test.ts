import { describe, expect, it } from 'vitest';
import type { EngineStats } from '../engine/engine.ts';
import { sightOf, ThinLink } from './thin-link.ts';
import type { Sight } from './thin-link.ts';

const LOOK_EVERY_MS = 500;

/** So many seconds of each sight, one after the other; answers at which seconds filming began and ended. */
function play(...spans: [Sight, number][]): number[] {
  const link = new ThinLink();
  const turns: number[] = [];
  let nowMs = 0;
  let was = false;
  for (const [sight, seconds] of spans) {
    for (const endMs = nowMs + seconds * 1000; nowMs < endMs; nowMs += LOOK_EVERY_MS) {
      const films = link.look(sight, nowMs);
      if (films !== was) turns.push(nowMs / 1000);
      was = films;
    }
  }
  return turns;
}

describe('filming while the link is thin', () => {
  it('begins after five seconds of it and ends after eight of a good one', () => {
    expect(play(['good', 10], ['thin', 20], ['good', 20])).toEqual([15, 38]);
  });

  it('does not begin for dips, nor for what is neither thin nor good', () => {
    expect(play(['thin', 4], ['good', 1], ['thin', 4], ['fair', 1], ['thin', 4], ['fair', 60])).toEqual([]);
  });

  it('does not end for a moment of a good link', () => {
    expect(play(['thin', 10], ['good', 7], ['thin', 1], ['good', 7], ['fair', 1], ['good', 7])).toEqual([5]);
  });

  it('ends at once when it is closed, and then begins anew', () => {
    expect(play(['thin', 10], ['closed', 3], ['thin', 4], ['closed', 1], ['thin', 10])).toEqual([5, 10, 23]);
  });
});

it('the link of a feed is thin when it gets clearly less than it could use, is held, or its path is lost', () => {
  const feed = { slot: 'probe', maxBitrateKbps: 4_000 };
  const sight = (targetKbps: number, held = false, state: EngineStats['state'] = 'connected') =>
    sightOf({ state, video: [{ slot: 'probe', targetKbps, held }] } as EngineStats, feed);
  expect(sight(4_000)).toBe('good');
  expect(sight(3_600)).toBe('good');
  expect(sight(3_000)).toBe('fair');
  expect(sight(2_700)).toBe('thin');
  expect(sight(4_000, true)).toBe('thin');
  expect(sight(4_000, false, 'lost')).toBe('thin');
  expect(sight(4_000, false, 'connecting')).toBe('thin');
  expect(sight(100, true, 'idle')).toBe('closed');
  expect(sightOf({ state: 'connected', video: [] }, feed)).toBe('thin');
});

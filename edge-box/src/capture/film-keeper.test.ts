import { describe, expect, it } from 'vitest';
import type { EngineEvents, EngineStats, VideoFeedConfig } from '../engine/engine.ts';
import type { FilmSegment } from '../media/film.ts';
import { FilmKeeper } from './film-keeper.ts';

const feed = (slot: string, fields: Partial<VideoFeedConfig> = {}): VideoFeedConfig => ({
  ...{ slot, streamClass: 'clinical', label: '超声', recordWhenThin: true },
  source: { kind: 'sector-scan', width: 320, height: 180, framesPerSecond: 5 },
  ...{ minBitrateKbps: 100, maxBitrateKbps: 1000 },
  ...fields,
});

/** A room on a thin link, by a clock that is moved by hand. */
function set() {
  const place = { roomId: 'room_1' as string | null, frozen: false, paused: false, kbps: 300, full: false };
  const clock = { atMs: 0, nowMs: () => clock.atMs };
  const told: [string, boolean][] = [];
  const kept: [string, number | undefined][] = [];
  let filmed: (...args: EngineEvents['filmed']) => void = () => undefined;
  const video = () =>
    ['probe', 'plain', 'face'].map((slot) => ({ slot, targetKbps: place.kbps, held: false }));
  const keeper = new FilmKeeper({
    feeds: () => [
      feed('probe'),
      feed('plain', { recordWhenThin: false }),
      feed('face', { streamClass: 'face' }),
    ],
    engine: {
      stats: () => ({ state: 'connected', video: video() }) as EngineStats,
      film: (slot, on) => told.push([slot, on]),
      on: (_, listener) => (filmed = listener as typeof filmed),
    },
    recorder: {
      get roomId() {
        return place.roomId;
      },
      capture: ({ label }, _, takenAtMs) => {
        kept.push([label, takenAtMs]);
        return Promise.resolve(place.full ? null : kept.length);
      },
    },
    isFrozen: () => place.frozen,
    isPaused: () => place.paused,
    clock,
    log: () => undefined,
  });
  const live = (seconds: number): void => {
    for (let i = 0; i < seconds * 2; i++, clock.atMs += 500) keeper.look();
  };
  const piece = async (fromMs: number, slot = 'probe'): Promise<void> => {
    filmed(slot, {
      mediaType: 'video/mp4',
      bytes: Uint8Array.of(1),
      fromMs,
      untilMs: fromMs + 1,
    } as FilmSegment);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { keeper, place, clock, told, kept, live, piece, isOn: () => told.at(-1)?.[1] };
}

describe('films while the link is thin', () => {
  it('are taken of the feeds that want it, and end when the link is good', () => {
    const { keeper, place, told, live, isOn } = set();
    live(4);
    expect([isOn(), keeper.isFilming]).toEqual([false, false]);
    live(2);
    expect([isOn(), keeper.isFilming]).toEqual([true, true]);
    expect(new Set(told.map(([slot]) => slot))).toEqual(new Set(['probe']));
    place.kbps = 1000;
    live(9);
    expect([isOn(), keeper.isFilming]).toEqual([false, false]);
  });

  it('are never taken without a room, in doubt of the patient, or when people have closed the pictures', () => {
    for (const change of [{ roomId: null }, { frozen: true }, { paused: true }]) {
      const { place, live, isOn } = set();
      live(10);
      expect(isOn()).toBe(true);
      Object.assign(place, change);
      live(0.5);
      expect(isOn(), JSON.stringify(change)).toBe(false);
      live(30);
      expect(isOn(), JSON.stringify(change)).toBe(false);
    }
  });

  it('are numbered piece by piece, by the room they were begun in', async () => {
    const { place, clock, kept, live, piece } = set();
    live(10);
    await piece(6_000);
    await piece(7_000);
    await piece(7_000, 'plain');
    expect(kept).toEqual([
      ['超声 · 本机录像 1', 6_000],
      ['超声 · 本机录像 2', 7_000],
    ]);
    place.roomId = 'room_2';
    // Told before anybody has looked, and begun in the former room.
    await piece(9_000);
    live(1);
    await piece(9_500);
    expect(kept.length).toBe(2);
    await piece(clock.atMs);
    expect(kept[2]).toEqual(['超声 · 本机录像 1', clock.atMs]);
    place.roomId = null;
    await piece(clock.atMs);
    expect(kept.length).toBe(3);
  });

  it('pause for a minute when no more can be kept', async () => {
    const { place, live, piece, isOn } = set();
    live(10);
    place.full = true;
    await piece(9_000);
    live(1);
    expect(isOn()).toBe(false);
    live(50);
    expect(isOn()).toBe(false);
    live(20);
    expect(isOn()).toBe(true);
  });
});

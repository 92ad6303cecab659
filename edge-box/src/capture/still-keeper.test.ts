import { describe, expect, it } from 'vitest';
import type { VideoFeedConfig } from '../engine/engine.ts';
import { StillError } from '../media/still-requests.ts';
import type { Still } from '../media/still-requests.ts';
import { captureLabel } from './capture-label.ts';
import { StillKeeper } from './still-keeper.ts';
import type { StillKeeperParts } from './still-keeper.ts';

const feed = (slot: string, fields: Partial<VideoFeedConfig> = {}): VideoFeedConfig => ({
  ...{ slot, streamClass: 'clinical', label: '内镜 Scope', laterality: 'right' },
  source: { kind: 'sector-scan', width: 320, height: 180, framesPerSecond: 5 },
  ...{ minBitrateKbps: 100, maxBitrateKbps: 1000 },
  ...fields,
});
const still: Still = {
  ...{ mediaType: 'image/jpeg', bytes: Uint8Array.of(1, 2, 3), width: 320, height: 180, takenAtMs: 4711 },
};

/** A served room, a device that works, and an outbox that takes everything, but for what a test changes. */
function set(changes: Partial<StillKeeperParts> = {}, takeStill = () => Promise.resolve(still)) {
  const kept: unknown[][] = [];
  const place = {
    roomId: 'room_1' as string | null,
    frozen: false,
    paused: false,
    number: 7 as number | null,
  };
  const recorder = {
    get roomId() {
      return place.roomId;
    },
    capture: (...capture: unknown[]) => {
      kept.push(capture);
      return Promise.resolve(place.number);
    },
  };
  const keeper = new StillKeeper({
    feeds: () => [feed('scope'), feed('room', { streamClass: 'face' })],
    engine: { takeStill },
    recorder,
    isFrozen: () => place.frozen,
    isPaused: () => place.paused,
    log: () => undefined,
    ...changes,
  });
  return { keeper, kept, place };
}
const refusedAs = (code: string) => expect.objectContaining({ name: 'KeepError', code });

describe('keeping a picture', () => {
  it('puts it into the outbox under the feed and its side, with the time it was taken', async () => {
    const { keeper, kept } = set();
    await keeper.keep('scope');
    expect(kept).toEqual([
      [{ mediaType: 'image/jpeg', label: '内镜 Scope · 右侧 R' }, still.bytes, still.takenAtMs],
    ]);
  });

  it('takes two presses at once for one, and the next after a failure for another', async () => {
    const { keeper, kept, place } = set();
    await Promise.all([keeper.keep('scope'), keeper.keep('scope')]);
    await keeper.keep('scope');
    expect(kept.length).toBe(1);
    const other = set();
    other.place.number = null;
    await expect(other.keeper.keep('scope')).rejects.toEqual(refusedAs('full'));
    other.place.number = 1;
    await other.keeper.keep('scope');
    expect(other.kept.length).toBe(2);
    place.roomId = null;
  });

  it('says why not, and then keeps nothing', async () => {
    const no = async (code: string, { keeper, kept }: ReturnType<typeof set>, slot = 'scope') => {
      await expect(keeper.keep(slot), code).rejects.toEqual(refusedAs(code));
      expect(kept, code).toEqual([]);
    };
    const outside = set();
    outside.place.roomId = null;
    await no('no-room', outside);
    const frozen = set();
    frozen.place.frozen = true;
    await no('frozen', frozen);
    const closed = set();
    closed.place.paused = true;
    await no('privacy', closed);
    await no('off', set({ recorder: null }));
    await no('no-feed', set(), 'room');
    await no('no-feed', set(), 'nothing');
    await no(
      'old-picture',
      set({}, () => Promise.reject(new StillError('old-picture'))),
    );
    await no('failed', set({ engine: {} }));
  });

  it('does not keep what was asked for in another room, or before the room was frozen or closed', async () => {
    for (const [code, change] of [
      ['no-room', { roomId: 'room_2' }],
      ['frozen', { frozen: true }],
      ['privacy', { paused: true }],
    ] as const) {
      const made = Promise.withResolvers<Still>();
      const { keeper, kept, place } = set({}, () => made.promise);
      const keeping = keeper.keep('scope');
      Object.assign(place, change);
      made.resolve(still);
      await expect(keeping, code).rejects.toEqual(refusedAs(code));
      expect(kept, code).toEqual([]);
    }
  });
});

it('a label never loses its side, however long the name', () => {
  const label = captureLabel({ slot: 'scope', label: '长'.repeat(64), laterality: 'left' }, '本机录像');
  expect(label.length).toBe(64);
  expect(label).toMatch(/长 · 本机录像 · 左侧 L$/);
  expect(captureLabel({ slot: 'scope', label: '' })).toBe('scope');
});

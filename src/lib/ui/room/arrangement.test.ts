import { describe, expect, test } from 'vitest';
import { arrange, gridColumns, SELF_TILE, type Placeable } from './arrangement.ts';

const probe: Placeable = {
  feedId: 'box:probe',
  memberId: 'box',
  streamClass: 'clinical',
  fromBox: true,
  hasPicture: true,
};
const room: Placeable = {
  feedId: 'box:room',
  memberId: 'box',
  streamClass: 'face',
  fromBox: true,
  hasPicture: true,
};
const li: Placeable = {
  feedId: 'li:camera',
  memberId: 'li',
  streamClass: 'face',
  fromBox: false,
  hasPicture: true,
};
const wang: Placeable = {
  feedId: 'wang:camera',
  memberId: 'wang',
  streamClass: 'face',
  fromBox: false,
  hasPicture: true,
};
const all = [li, room, wang, probe];
const choice = { layout: 'device', pinnedId: null, activeSpeakerId: 'wang', mainCount: 1 } as const;

describe('arrange', () => {
  test('device-first puts the device large, people and then the room camera aside', () => {
    expect(arrange(all, choice)).toEqual({
      main: ['box:probe'],
      side: ['li:camera', 'wang:camera', 'box:room', SELF_TILE],
    });
  });

  test('device-first without a device shows who speaks', () => {
    expect(arrange([li, wang], choice).main).toEqual(['wang:camera']);
  });

  test('speaker shows who speaks, never the box camera while a person sends', () => {
    expect(arrange(all, { ...choice, layout: 'speaker' }).main).toEqual(['wang:camera']);
    expect(arrange(all, { ...choice, layout: 'speaker', activeSpeakerId: 'box' }).main).toEqual([
      'li:camera',
    ]);
  });

  test('who shows nothing comes last, and leads only where nobody shows anything', () => {
    const zhao = {
      feedId: 'zhao',
      memberId: 'zhao',
      streamClass: 'face',
      fromBox: false,
      hasPicture: false,
    } as const;
    expect(arrange([zhao, ...all], choice).side).toEqual([
      'li:camera',
      'wang:camera',
      'box:room',
      'zhao',
      SELF_TILE,
    ]);
    const speaker = { ...choice, layout: 'speaker', activeSpeakerId: null } as const;
    expect(arrange([zhao, li], speaker).main).toEqual(['li:camera']);
    expect(arrange([zhao], speaker).main).toEqual(['zhao']);
  });

  test('a pin wins over every layout and stops mattering when its picture is gone', () => {
    for (const layout of ['device', 'speaker', 'grid'] as const) {
      expect(arrange(all, { ...choice, layout, pinnedId: 'box:room' }).main).toEqual(['box:room']);
    }
    expect(arrange(all, { ...choice, pinnedId: 'gone:camera' }).main).toEqual(['box:probe']);
  });

  test('a wall shows several devices large', () => {
    const scope = { ...probe, feedId: 'box:scope' };
    expect(arrange([probe, scope, li], { ...choice, mainCount: 4 }).main).toEqual(['box:probe', 'box:scope']);
  });

  test('every picture has exactly one place', () => {
    for (const layout of ['device', 'speaker', 'grid'] as const) {
      const { main, side } = arrange(all, { ...choice, layout });
      expect([...main, ...side].sort()).toEqual([...all.map((feed) => feed.feedId), SELF_TILE].sort());
    }
  });

  test('alone, one sees oneself', () => {
    expect(arrange([], choice)).toEqual({ main: [SELF_TILE], side: [] });
  });
});

test('gridColumns makes tiles as large as the area allows', () => {
  expect(gridColumns(1, 1600, 900)).toBe(1);
  expect(gridColumns(4, 1600, 900)).toBe(2);
  expect(gridColumns(3, 390, 800)).toBe(1);
  expect(gridColumns(3, 2400, 500)).toBe(3);
});

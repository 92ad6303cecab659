import { describe, expect, it } from 'vitest';
import { groupRooms, urgencyOf, type RoomAtAGlance } from './group-rooms.ts';

const room = (patch: Partial<RoomAtAGlance>): RoomAtAGlance => ({
  kind: 'consult',
  role: 'specialist',
  openedAtMs: 1000,
  presentNames: [],
  waitingCount: 0,
  ...patch,
});

describe('what needs a person now', () => {
  it('is where somebody is inside or at the door', () => {
    expect(urgencyOf(room({ presentNames: ['李医生'] }))).toBe('now');
    expect(urgencyOf(room({ waitingCount: 1 }))).toBe('now');
  });

  it('comes next where nobody is and the person may lead', () => {
    expect(urgencyOf(room({}))).toBe('next');
  });

  it('waits for others where the person may not lead', () => {
    expect(urgencyOf(room({ role: 'observer' }))).toBe('waiting');
    expect(urgencyOf(room({ role: 'interpreter' }))).toBe('waiting');
    expect(urgencyOf(room({ role: null }))).toBe('waiting');
  });

  it('puts those at the door first, then who has waited longest', () => {
    const door = room({ waitingCount: 2, openedAtMs: 3000 });
    const old = room({ presentNames: ['a'], openedAtMs: 1000 });
    const young = room({ presentNames: ['b'], openedAtMs: 2000 });
    expect(groupRooms([young, old, door]).now).toEqual([door, old, young]);
  });
});

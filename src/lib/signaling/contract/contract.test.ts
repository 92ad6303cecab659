import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  applyEvent,
  capabilityFor,
  emptyRoom,
  HUB_CAPABILITIES,
  REQUEST_TYPES,
  REQUESTS,
  ROOM_CAPABILITIES,
  ROOM_KINDS,
  ROOM_ROLES,
  roomCapabilitiesOf,
  rolesIn,
  STREAM_CLASSES,
  dtlsParametersSchema,
  rtpParametersSchema,
  type RoomEvent,
} from './index.ts';

const ALL: readonly string[] = [...HUB_CAPABILITIES, ...ROOM_CAPABILITIES];

describe('requests', () => {
  it.each(REQUEST_TYPES)('%s names a capability of its own scope and a strict schema', (type) => {
    const definition = REQUESTS[type];
    const named =
      typeof definition.capability === 'string'
        ? [definition.capability]
        : Object.values(definition.capability.byStreamClass);
    expect(named.length).toBeGreaterThan(0);
    for (const capability of named) expect(ALL).toContain(capability);
    expect(definition.request).toBeInstanceOf(z.ZodObject);
    // Strict: a field that the contract does not know is refused, not carried along.
    expect(
      definition.request
        .safeParse({ ...({} as object), smuggled: 1 })
        .error?.issues.some((issue) => issue.code === 'unrecognized_keys'),
    ).toBe(true);
    expect('roomId' in definition.request.shape).toBe(definition.scope === 'room');
  });

  it('asks for the capability of the stream class that is published', () => {
    for (const streamClass of STREAM_CLASSES.filter((each) => each !== 'vitals')) {
      expect(capabilityFor('media.produce', { streamClass })).toBe(`publish.${streamClass}`);
    }
  });
});

describe('capabilities', () => {
  it('gives nothing to a role that the kind of room does not have', () => {
    for (const kind of ROOM_KINDS) {
      for (const role of ROOM_ROLES.filter((each) => !rolesIn(kind).includes(each))) {
        expect([...roomCapabilitiesOf(kind, role, true)]).toEqual([]);
      }
    }
  });

  it('keeps observers from speaking, showing and writing, and patients from leading, in every kind of room', () => {
    for (const kind of ROOM_KINDS) {
      const observer = roomCapabilitiesOf(kind, 'observer', true);
      expect([...observer].sort()).toEqual(['media.connect', 'media.receive', 'room.attend']);
      for (const forbidden of [
        'lobby.admit',
        'member.remove',
        'member.mute',
        'room.end',
        'host.transfer',
        'box.attach',
      ] as const) {
        expect(roomCapabilitiesOf(kind, 'patient', true).has(forbidden)).toBe(false);
        expect(roomCapabilitiesOf(kind, 'box', true).has(forbidden)).toBe(false);
      }
    }
  });

  it('lets only the host end, remove, mute and hand over', () => {
    for (const kind of ROOM_KINDS) {
      for (const role of rolesIn(kind)) {
        const plain = roomCapabilitiesOf(kind, role, false);
        for (const only of ['room.end', 'member.remove', 'member.mute', 'host.transfer'] as const) {
          expect(plain.has(only), `${kind} ${role} ${only}`).toBe(false);
        }
      }
    }
  });
});

describe('media parameters', () => {
  it('refuses an empty list of fingerprints, which once killed workers', () => {
    expect(dtlsParametersSchema.safeParse({ role: 'client', fingerprints: [] }).success).toBe(false);
  });

  it('never throws and never accepts what is not RTP parameters', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(rtpParametersSchema.safeParse(anything).success).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

const state = emptyRoom({ roomId: 'room-1', kind: 'consult', title: '会诊', patient: null, openedAtMs: 0 });
const event = (seq: number, rest: object) =>
  ({ roomId: 'room-1', epoch: 1, seq, atMs: 0, ...rest }) as RoomEvent;
const joined = (seq: number, memberId: string) =>
  event(seq, {
    type: 'member.joined',
    data: {
      member: {
        memberId,
        name: memberId,
        role: 'specialist',
        connected: true,
        handRaised: false,
        clockOffsetMs: 0,
        joinedAtMs: 0,
      },
    },
  });

describe('room state', () => {
  it('takes events in order only', () => {
    expect(() => applyEvent(state, joined(2, 'm-aa'))).toThrow(RangeError);
    expect(applyEvent(state, joined(1, 'm-aa')).seq).toBe(1);
  });

  it('drops the feeds of whoever leaves, and bars whoever was removed until admitted again', () => {
    const feed = {
      feedId: 'm-aa:camera',
      memberId: 'm-aa',
      slot: 'camera',
      kind: 'video',
      streamClass: 'face',
      label: '',
      paused: false,
      mutedByHost: false,
      generation: 2,
    };
    const left = [
      joined(1, 'm-aa'),
      event(2, { type: 'feed.opened', data: { feed } }),
      event(3, { type: 'member.left', data: { memberId: 'm-aa', reason: 'removed' } }),
    ].reduce(applyEvent, state);
    expect(left.feeds).toEqual({});
    expect(left.barred).toEqual(['m-aa']);
    const back = applyEvent(
      left,
      event(4, { type: 'lobby.closed', data: { memberId: 'm-aa', outcome: 'admitted' } }),
    );
    expect(back.barred).toEqual([]);
  });

  it('does not change the state that it was given', () => {
    const before = structuredClone(state);
    applyEvent(state, joined(1, 'm-aa'));
    expect(state).toEqual(before);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  capabilityFor,
  hubCapabilitiesOf,
  REQUEST_TYPES,
  REQUESTS,
  ROOM_KINDS,
  roomCapabilitiesOf,
  type Capability,
  type RequestType,
  type RoomKind,
  type RoomRole,
} from '../../src/lib/signaling/contract/index.ts';
import { Cast } from '../support/cast.ts';
import { startLocalHub, type LocalHub } from '../support/hub-in-process.ts';
import { validPayload } from '../support/payloads.ts';

let local: LocalHub;
beforeAll(async () => {
  local = await startLocalHub();
});
afterAll(() => local?.close());

/** These change who is in the room; they are tried last, with one who is not the last clinician. */
const LEAVING: ReadonlySet<RequestType> = new Set([
  'room.leave',
  'room.end',
  'member.remove',
  'host.transfer',
]);

describe.each(ROOM_KINDS)('in a %s', (kind: RoomKind) => {
  it('every message of every role is decided by the table, and by nothing else', async () => {
    const cast = await new Cast(local.hub).gather(kind);
    await cast.enterAll();
    const types = [...REQUEST_TYPES].sort((a, b) => Number(LEAVING.has(a)) - Number(LEAVING.has(b)));
    let checked = 0;
    for (const type of types) {
      for (const [role, principal] of cast.principals) {
        const payload = validPayload(type, cast.roomId);
        const capability: Capability = capabilityFor(type, payload);
        const host = (await cast.host())?.principalId === principal.principalId;
        const own: ReadonlySet<string> =
          REQUESTS[type].scope === 'hub' || capability === 'room.join'
            ? hubCapabilitiesOf(principal.kind, principal.kind === 'account' ? principal.roles : [])
            : roomCapabilitiesOf(kind, role as RoomRole, host);
        const outcome =
          own.has(capability) && LEAVING.has(type) ? null : await cast.ask(principal, type, payload);
        if (outcome) {
          const refused =
            outcome.code === 'forbidden' &&
            outcome.message === 'The role of this person or box may not do this here.';
          expect(refused, `${kind}: ${role}${host ? ' (host)' : ''} → ${type}: ${outcome.code}`).toBe(
            !own.has(capability),
          );
        }
        checked++;
      }
    }
    expect(checked).toBe(REQUEST_TYPES.length * cast.principals.size);
    expect(await cast.isOpen()).toBe(true);
  });

  it('nobody does anything in a room without being in it', async () => {
    const cast = await new Cast(local.hub).gather(kind);
    const stranger = (await new Cast(local.hub).gather(kind)).as('dispatcher');
    await cast.ask(await firstOf(cast), 'room.join', { roomId: cast.roomId });
    for (const type of REQUEST_TYPES.filter((each) => REQUESTS[each].scope === 'room')) {
      if (type === 'room.join' || type === 'room.withdraw') continue;
      const outcome = await cast.ask(stranger, type, validPayload(type, cast.roomId));
      expect(outcome.code, type).toBe('not_a_member');
    }
    expect((await cast.ask(stranger, 'room.join', { roomId: cast.roomId })).data).toMatchObject({
      outcome: 'waiting',
    });
  });

  it('a second connection of the same person takes the place of the first', async () => {
    const cast = await new Cast(local.hub).gather(kind);
    await cast.enterAll();
    const principal = cast.as('dispatcher');
    const other = {
      principal,
      connectionId: 'c_other',
      type: 'room.join' as const,
      data: { roomId: cast.roomId },
    };
    await local.hub.rooms.dispatch(other);
    const outcome = await cast.ask(principal, 'hand.raise', { roomId: cast.roomId, raised: true });
    expect(outcome.code).toBe('not_a_member');
  });
});

async function firstOf(cast: Cast) {
  return cast.as('dispatcher');
}

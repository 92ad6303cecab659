import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Principal } from '../../src/lib/identity/index.ts';
import {
  capabilityFor,
  hubCapabilitiesOf,
  REQUEST_TYPES,
  REQUESTS,
  ROOM_KINDS,
  roomCapabilitiesOf,
  type RequestType,
  type RoomState,
} from '../../src/lib/signaling/contract/index.ts';
import { Cast } from '../support/cast.ts';
import { startLocalHub, type LocalHub } from '../support/hub-in-process.ts';
import { validPayload } from '../support/payloads.ts';
import { Dice } from '../support/dice.ts';

const MESSAGES = 100_000;
/** A room is left behind after so many, so that all kinds and all beginnings are seen. */
const MESSAGES_PER_ROOM = 5_000;
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);

let local: LocalHub;
beforeAll(async () => {
  local = await startLocalHub();
});
afterAll(() => local?.close());

/** Ids that exist: of members, feeds, transports and consumers, one's own and those of others. */
class KnownIds {
  readonly transports: string[] = [];
  readonly consumers: string[] = [];
  feeds: string[] = [];
  members: string[] = [];

  see(state: RoomState): void {
    this.feeds = Object.keys(state.feeds);
    this.members = [...Object.keys(state.members), ...Object.keys(state.knocks)];
  }

  learn(type: RequestType, data: unknown): void {
    const answer = data as Record<string, string>;
    if (type === 'media.createTransport' && answer['id']) this.transports.push(answer['id']);
    if (type === 'media.consume' && answer['consumerId']) this.consumers.push(answer['consumerId']);
  }
}

const junk = fc.sample(
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true }),
  { numRuns: 2000, seed: SEED },
);
const strings = fc.sample(fc.string({ unit: 'binary', maxLength: 80 }), { numRuns: 500, seed: SEED });

/** Half of them honest in shape and about real things, the rest bent somewhere. */
function message(dice: Dice, type: RequestType, roomId: string, ids: KnownIds): unknown {
  const payload = validPayload(type, roomId) as Record<string, unknown>;
  if ('transportId' in payload && ids.transports.length > 0) payload['transportId'] = dice.of(ids.transports);
  if ('consumerId' in payload && ids.consumers.length > 0) payload['consumerId'] = dice.of(ids.consumers);
  if ('feedId' in payload && ids.feeds.length > 0) payload['feedId'] = dice.of(ids.feeds);
  if ('memberId' in payload && ids.members.length > 0) payload['memberId'] = dice.of(ids.members);
  if ('streamClass' in payload) payload['streamClass'] = dice.of(['face', 'clinical', 'screen', 'voice']);
  if ('rtpParameters' in payload && dice.chance(0.5)) {
    (payload['rtpParameters'] as { encodings: { ssrc: number }[] }).encodings = [
      { ssrc: dice.below(4_000_000_000) },
    ];
  }
  if (dice.chance(0.5)) return payload;
  const key = dice.of(Object.keys(payload));
  const bend = dice.below(5);
  if (bend === 0) payload[key] = dice.of(junk);
  else if (bend === 1) payload[key] = dice.of(strings);
  else if (bend === 2) delete payload[key];
  else if (bend === 3) payload[dice.of(strings)] = dice.of(junk);
  else return dice.of(junk);
  return payload;
}

function mayDo(type: RequestType, payload: unknown, who: Principal, state: RoomState): boolean {
  const capability = capabilityFor(type, payload);
  const hub: ReadonlySet<string> = hubCapabilitiesOf(who.kind, who.kind === 'account' ? who.roles : []);
  if (hub.has(capability)) return true;
  const member = state.members[who.principalId];
  return (
    member !== undefined &&
    (
      roomCapabilitiesOf(
        state.kind,
        member.role,
        state.hostMemberId === who.principalId,
      ) as ReadonlySet<string>
    ).has(capability)
  );
}

it(
  `${MESSAGES} generated messages crash nothing and do nothing unauthorised (FUZZ_SEED=${SEED})`,
  { timeout: 400_000 },
  async () => {
    const dice = new Dice(SEED);
    const workersBefore = local.hub.inside.media.workerPids();
    const outcomes = new Map<string, number>();
    for (let sent = 0, rooms = 0; sent < MESSAGES; rooms++) {
      const kind = ROOM_KINDS[rooms % ROOM_KINDS.length]!;
      const cast = await new Cast(local.hub).gather(kind);
      await cast.enterAll();
      const stranger = (await new Cast(local.hub).gather(kind)).as('observer');
      const people = [...cast.principals.values(), stranger];
      const ids = new KnownIds();
      let state = await cast.state();
      for (let inRoom = 0; inRoom < MESSAGES_PER_ROOM; inRoom++) {
        ids.see(state);
        // Ending the room is tried too, but seldom: an ended room has nothing left to attack.
        const type = dice.of(REQUEST_TYPES);
        if (type === 'room.end' && !dice.chance(0.01)) continue;
        const who = dice.of(people);
        const payload = message(dice, type, cast.roomId, ids);
        const outcome = await cast.ask(who, type, payload);
        sent++;
        outcomes.set(outcome.code, (outcomes.get(outcome.code) ?? 0) + 1);
        if (outcome.code === 'internal') throw new Error(`${type} failed inside: ${outcome.message}`);
        if (outcome.code !== 'ok') {
          if (REQUESTS[type].scope === 'room' && outcome.code === 'forbidden') {
            expect((await cast.state()).seq, `${type} was refused and changed something`).toBe(state.seq);
          }
          continue;
        }
        ids.learn(type, outcome.data);
        expect(mayDo(type, payload, who, state), `${who.name} did ${type}`).toBe(true);
        state = await cast.state();
        if (state.status === 'ended') break;
        if (!state.members[who.principalId] && who !== stranger && dice.chance(0.7)) {
          await cast.ask(who, 'room.join', { roomId: cast.roomId });
          state = await cast.state();
        }
      }
    }
    expect(local.hub.inside.media.workerPids()).toEqual(workersBefore);
    expect((await local.hub.readiness()).ready).toBe(true);
    // The messages must have got somewhere, or the test says nothing.
    expect(outcomes.get('ok')).toBeGreaterThan(MESSAGES / 20);
    expect(outcomes.get('forbidden')).toBeGreaterThan(MESSAGES / 100);
    expect(outcomes.get('invalid_message')).toBeGreaterThan(MESSAGES / 20);
  },
);

import { expect, it } from 'vitest';
import { emptyRoom, type Feed, type Member, type RoomState } from '../../signaling/contract/index.ts';
import type { MemberLink } from '../media-sessions.ts';
import { GOOD_AFTER_MS } from './link-guard.ts';
import { LinkWatch } from './link-watch.ts';

const SURGEON = 'a_surgeon';
const BOX = 'b_theatre';
const SCOPE = `${BOX}:scope`;

/** An operation whose figures a test turns; what comes out: what the case was told, one word for each change. */
function operation() {
  const state = emptyRoom({ roomId: 'r', kind: 'surgery', title: '', patient: null, openedAtMs: 0 });
  const member = (memberId: string, role: Member['role']): Member => ({
    ...{ memberId, name: memberId, role, connected: true, handRaised: false },
    ...{ clockOffsetMs: 0, joinedAtMs: 0 },
  });
  const scope: Feed = {
    ...{ feedId: SCOPE, memberId: BOX, slot: 'scope', kind: 'video', streamClass: 'clinical' },
    ...{ label: '', paused: false, mutedByHost: false, generation: 1 },
  };
  const world = {
    state: {
      ...state,
      members: { [SURGEON]: member(SURGEON, 'surgeon'), [BOX]: member(BOX, 'box') },
      feeds: { [SCOPE]: scope },
    } as RoomState,
    operating: true,
    rttMs: 30,
    flows: { picture: true, reports: true },
    said: [] as string[],
    atMs: 1_000_000,
  };
  let [pictureBytes, reportBytes] = [0, 0];
  const linkOf = async (memberId: string): Promise<MemberLink | null> => ({
    rttMs: world.rttMs,
    receivedBytes: memberId === SURGEON ? reportBytes : pictureBytes,
    bytesOfFeed: new Map(memberId === BOX ? [[SCOPE, pictureBytes]] : []),
  });
  const room = {
    roomId: 'r',
    get state() {
      return world.state;
    },
    media: { linkOf },
  };
  const watch = new LinkWatch(room, {
    cases: {
      standing: async () => null,
      confirmedAtBedside: async () => 'unasked',
      operatingOver: async () => (world.operating ? { remoteMemberIds: [SURGEON] } : null),
      linkIs: async (_roomId, link) => {
        if (world.said.at(-1) !== link) world.said.push(link);
      },
    },
    log: { warn: (_: unknown, what: string) => Promise.reject(new Error(what)) } as never,
  });
  watch.close();
  const goOn = async (ms: number) => {
    for (const untilMs = world.atMs + ms; world.atMs < untilMs;) {
      world.atMs += 500;
      if (world.flows.picture) pictureBytes += 1_000;
      if (world.flows.reports) reportBytes += 10;
      await watch.look(world.atMs);
    }
  };
  return { world, goOn };
}

it('says red when the picture stands still, and good after a long calm only', async () => {
  const { world, goOn } = operation();
  await goOn(20_000);
  expect(world.said).toEqual([]);
  world.flows.picture = false;
  await goOn(2_500);
  expect(world.said).toEqual(['red']);
  world.flows.picture = true;
  await goOn(GOOD_AFTER_MS - 2_000);
  expect(world.said).toEqual(['red']);
  await goOn(4_000);
  expect(world.said).toEqual(['red', 'good']);
});

it('says red when the way is too long, when the surgeon is silent, and when one end is gone altogether', async () => {
  for (const breakIt of [
    (world: ReturnType<typeof operation>['world']) => void (world.rttMs = 140),
    (world: ReturnType<typeof operation>['world']) => void (world.flows.reports = false),
    (world: ReturnType<typeof operation>['world']) => void delete world.state.members[SURGEON],
    (world: ReturnType<typeof operation>['world']) => void (world.state.feeds = {}),
  ]) {
    const { world, goOn } = operation();
    await goOn(2_000);
    breakIt(world);
    await goOn(4_000);
    expect(world.said).toEqual(['red']);
  }
});

it('judges nothing before both ends were there, and nothing while nobody operates', async () => {
  const { world, goOn } = operation();
  const { feeds } = world.state;
  world.state = { ...world.state, feeds: {} };
  await goOn(10_000);
  expect(world.said).toEqual([]);
  world.state = { ...world.state, feeds };
  world.operating = false;
  world.rttMs = 500;
  await goOn(60_000);
  expect(world.said).toEqual([]);
});

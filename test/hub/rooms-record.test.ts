import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { asc, eq } from 'drizzle-orm';
import pino from 'pino';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { audioParameters } from '../../src/lib/sfu/testing/parameters.ts';
import { roomStateSchema, type RoomState } from '../../src/lib/signaling/contract/index.ts';
import { RoomArchive } from '../../src/lib/rooms/index.ts';
import { roomEvent } from '../../src/lib/storage/index.ts';
import {
  startEmbeddedPostgres,
  startEmbeddedRedis,
  type EmbeddedPostgres,
  type EmbeddedRedis,
} from '../../src/lib/storage/embedded/index.ts';
import { temporaryDataDir } from '../../src/lib/storage/embedded/testing.ts';
import { startLocalHub, type LocalHub } from '../support/hub-in-process.ts';
import { Stage } from '../support/stage.ts';

const log = pino({ level: 'silent' });
let dataDir: string;
let postgres: EmbeddedPostgres;
let redis: EmbeddedRedis;
let local: LocalHub;
beforeAll(async () => {
  dataDir = await temporaryDataDir();
  [postgres, redis] = await Promise.all([
    startEmbeddedPostgres({ dataDir, log }),
    startEmbeddedRedis({ dataDir, log }),
  ]);
  await startHub();
});
afterAll(async () => {
  await local?.close();
  await redis?.stop();
  await postgres?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** The hub stops and starts; Redis and PostgreSQL are not its own and stay. */
async function startHub(): Promise<void> {
  local = await startLocalHub({
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    NODE_ID: 'node-one',
    MEDIA_WORKERS: '1',
    MEMBER_GRACE_MS: '60000',
  });
}

const say = (room: Stage, who: string, text: string) =>
  room.ask(who, 'chat.send', { messageId: randomUUID(), text });

async function archived(room: Stage) {
  const rows = await local.hub.inside.db
    .select()
    .from(roomEvent)
    .where(eq(roomEvent.roomId, room.roomId))
    .orderBy(asc(roomEvent.seq));
  return rows.map(({ seq, type, data }) => ({ seq, type, data }));
}

async function logged(room: Stage) {
  const events = await local.hub.inside.bus.log.readSince(room.roomId, 0);
  if (events === 'trimmed') throw new Error('trimmed');
  return events.map(({ seq, type, data }) => ({ seq, type, data }));
}

const expectArchived = (room: Stage) =>
  vi.waitFor(async () => expect(await archived(room)).toEqual(await logged(room)), {
    timeout: 10_000,
    interval: 100,
  });

/** As after a change of home: nobody is connected and nothing is on, all else is as it was. */
function rehomed(state: RoomState): RoomState {
  const members = Object.values(state.members).map((member) => ({ ...member, connected: false }));
  return {
    ...state,
    seq: state.seq + 1,
    knocks: {},
    feeds: {},
    members: Object.fromEntries(members.map((member) => [member.memberId, member])),
  };
}

/** The state that a home which has just opened the room hands to the one who came first. */
async function stateAsFound(room: Stage, who: string): Promise<RoomState> {
  return roomStateSchema.parse((await room.do(who, 'room.join'))['state']);
}

async function publish(room: Stage, who: string, ssrc: number) {
  const { id: transportId } = await room.do(who, 'media.createTransport', { direction: 'send' });
  return {
    transportId,
    slot: 'microphone',
    kind: 'audio',
    streamClass: 'voice',
    label: '',
    paused: false,
    rtpParameters: audioParameters(ssrc),
  };
}

describe('the record', () => {
  it('has every event, in order, as it was logged', async () => {
    const room = await Stage.open(local.hub);
    await room.cast.enterAll();
    for (let line = 0; line < 30; line++) await say(room, line % 2 ? 'nurse' : 'specialist', `${line}`);
    await expectArchived(room);
    expect((await archived(room)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: (await room.state()).seq }, (_, index) => index + 1),
    );
  });

  it('misses nothing of a meeting that went on while PostgreSQL was away', async () => {
    const room = await Stage.open(local.hub);
    await room.enter('rural_doctor', 'nurse');
    // Long enough for a slow machine to look and ask while it is away.
    const restarted = postgres.restart(6000);
    try {
      await vi.waitFor(async () => expect((await local.hub.readiness()).parts['postgres']?.ok).toBe(false));
      expect((await room.ask('specialist', 'room.join')).code).toBe('unavailable');
      for (let line = 0; line < 10; line++)
        expect((await say(room, 'rural_doctor', `${line}`)).code).toBe('ok');
      // The end of a meeting that the database did not hear of would be the end of nobody's being able to end it.
      expect((await room.ask('rural_doctor', 'room.end')).code).toBe('unavailable');
      expect((await room.state()).status).toBe('open');
    } finally {
      await restarted;
    }
    await expectArchived(room);
    await room.do('rural_doctor', 'room.end');
    expect(await room.cast.isOpen()).toBe(false);
    await expectArchived(room);
  });

  it('takes text that PostgreSQL cannot store as it is, and goes on behind it', async () => {
    const room = await Stage.open(local.hub);
    await room.enter('rural_doctor');
    await expectArchived(room);
    // No message may carry such text any more; what is in a log from before must still not stop the archive.
    const { roomId } = room;
    const { seq } = await room.state();
    const memberId = room.as('rural_doctor').principalId;
    const message = { messageId: randomUUID(), memberId, name: '医生', text: 'a\0\ud800b', atMs: 1 };
    const archive = new RoomArchive(local.hub.inside.db, log);
    archive.add({ roomId, epoch: 1, seq: seq + 1, atMs: 1, type: 'chat.posted', data: { message } });
    archive.add({
      roomId,
      epoch: 1,
      seq: seq + 2,
      atMs: 2,
      type: 'hand.raised',
      data: { memberId, raised: true },
    });
    await vi.waitFor(async () => expect(await archived(room)).toHaveLength(seq + 2));
    expect((await archived(room)).slice(-2)).toMatchObject([
      { type: 'chat.posted', data: { message: { text: 'a\ufffd\ufffdb' } } },
      { type: 'hand.raised' },
    ]);
    await archive.close();
  });
});

describe('a room that is opened again', () => {
  async function meeting(): Promise<Stage> {
    const room = await Stage.open(local.hub);
    await room.cast.enterAll();
    await say(room, 'nurse', '之前');
    await room.do('nurse', 'hand.raise', { raised: true });
    await room.do('rural_doctor', 'member.remove', { memberId: room.as('observer').principalId });
    await room.do('rural_doctor', 'host.transfer', { memberId: room.as('specialist').principalId });
    return room;
  }

  async function stopHub(room: Stage): Promise<RoomState> {
    await expectArchived(room);
    const state = await room.state();
    await local.close();
    return state;
  }

  /** The same room and people at the hub that runs now. */
  async function expectAsBefore(room: Stage, before: RoomState): Promise<void> {
    const again = room.at(local.hub);
    const found = await stateAsFound(again, 'nurse');
    const { principalId } = again.as('nurse');
    const expected = rehomed({ ...before, openedAtMs: found.openedAtMs, title: found.title });
    expected.members[principalId]!.connected = true;
    expect(found).toEqual({ ...expected, seq: expected.seq + 1 });
    expect((await say(again, 'nurse', '之后')).code).toBe('ok');
    expect((await again.ask('observer', 'room.join')).data).toMatchObject({ outcome: 'waiting' });
  }

  it('is as it was when the hub stops and starts', async () => {
    const room = await meeting();
    const before = await stopHub(room);
    await startHub();
    await expectAsBefore(room, before);
  });

  it('is as it was when Redis forgot everything meanwhile', async () => {
    const room = await meeting();
    const before = await stopHub(room);
    const client = await createClient({ url: redis.url }).connect();
    await client.flushAll();
    client.destroy();
    await startHub();
    await expectAsBefore(room, before);
  });

  it('has what the archive has, when Redis forgot its last moments', async () => {
    const room = await meeting();
    const before = await stopHub(room);
    const client = await createClient({ url: redis.url }).connect();
    await client.del(`rui:{${room.roomId}}:snapshot`);
    await client.xDel(`rui:{${room.roomId}}:log`, [`${before.seq}-0`, `${before.seq - 1}-0`]);
    client.destroy();
    await startHub();
    await expectAsBefore(room, before);
  });

  it('brings into the archive what a hub that stopped without PostgreSQL left in the log', async () => {
    const room = await meeting();
    await expectArchived(room);
    const restarted = postgres.restart(6000);
    await vi.waitFor(async () => expect((await local.hub.readiness()).parts['postgres']?.ok).toBe(false));
    await say(room, 'nurse', '数据库不在');
    await local.close();
    await restarted;
    await startHub();
    const again = room.at(local.hub);
    await again.enter('nurse');
    await expectArchived(again);
  });

  it('is as it was after so long a meeting that its log was cut', async () => {
    const room = await meeting();
    for (let turn = 0; turn < 40; turn++) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => say(room, 'nurse', `${turn}.${index}`)));
      await room.state();
    }
    expect(await local.hub.inside.bus.log.readSince(room.roomId, 0)).toBe('trimmed');
    const before = await room.state();
    expect(await room.do('nurse', 'room.sync', { sinceSeq: 1 })).toMatchObject({ outcome: 'state' });
    await vi.waitFor(async () => expect(await archived(room)).toHaveLength(before.seq));
    await local.close();
    await startHub();
    await expectAsBefore(room, before);
  });
});

describe('media', () => {
  it('of a killed worker is closed and announced; people keep their places and publish again', async () => {
    const room = await Stage.open(local.hub);
    await room.enter('rural_doctor', 'nurse');
    const { feedId } = await room.do('rural_doctor', 'media.produce', await publish(room, 'rural_doctor', 1));
    expect((await room.state()).feeds[String(feedId)]).toMatchObject({ streamClass: 'voice' });
    const told: string[] = [];
    const stop = await local.hub.inside.bus.rooms.watch(room.roomId, {
      onEvent: () => undefined,
      onNotice: ({ type }) => told.push(type),
    });
    for (const pid of local.hub.inside.media.workerPids()) process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect((await room.state()).feeds).toEqual({}));
    await vi.waitFor(() => expect(told).toContain('media.reset'));
    stop();
    expect(await room.member('rural_doctor')).toMatchObject({ connected: true });
    expect((await room.ask('rural_doctor', 'media.createTransport', { direction: 'send' })).code).toBe(
      'out_of_order',
    );
    expect(await room.do('rural_doctor', 'room.join')).toMatchObject({ mediaKept: false });
    await room.do('rural_doctor', 'media.produce', await publish(room, 'rural_doctor', 2));
    expect((await room.state()).feeds[String(feedId)]).toBeDefined();
  });

  it('that could not be announced does not take the place of what is on', async () => {
    const room = await Stage.open(local.hub);
    await room.enter('rural_doctor', 'nurse');
    const media = await publish(room, 'rural_doctor', 1);
    const first = await room.do('rural_doctor', 'media.produce', media);
    const restarted = redis.restart(1000);
    await vi.waitFor(() => expect(local.hub.inside.bus.ready).toBe(false));
    const second = { ...media, rtpParameters: audioParameters(2) };
    expect((await room.ask('rural_doctor', 'media.produce', second)).code).toBe('unavailable');
    const { feeds } = await room.do('rural_doctor', 'media.stats');
    expect(feeds).toMatchObject([{ feedId: first['feedId'] }]);
    await restarted;
    await vi.waitFor(async () =>
      expect((await room.ask('rural_doctor', 'media.produce', second)).code).toBe('ok'),
    );
    expect((await room.do('rural_doctor', 'media.stats'))['feeds']).toHaveLength(1);
  });
});

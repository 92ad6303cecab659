import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { asc, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CAPTURE_PART_BYTES,
  decodeBatch,
  encodeBatch,
  isHubError,
  isRecordError,
  type BoxRecord,
} from '../signaling/contract/index.ts';
import { account, box, boxRecord, boxService, institution, room } from '../storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../storage/testing/test-database.ts';
import { encodeVitalsFrame, MDC, MDC_UNIT } from '../vitals/frame.ts';
import { packVitals } from '../vitals/chunk.ts';
import { CaptureBytesInDatabase } from './capture-bytes.ts';
import { RecordIngest, type RecordIngestParts } from './ingest.ts';

const NOW_MS = 1_790_000_000_000;
let database: TestDatabase;
let captures: CaptureBytesInDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
  captures = new CaptureBytesInDatabase(database.db);
  const { db } = database;
  await db.insert(institution).values({ id: 'inst', name: '县医院' });
  await db.insert(account).values({
    ...{ id: 'acc1', username: 'li', displayName: '李', passwordHash: 'x', institutionId: 'inst' },
    roles: ['rural_doctor'],
  });
  for (const id of ['room-a', 'room-b']) {
    await db.insert(room).values({ id, kind: 'exam', title: id, institutionId: 'inst', createdBy: 'acc1' });
  }
});
afterAll(() => database.stop());

let boxes = 0;
/** A box of its own for each test. */
async function newBox() {
  const boxId = `box-${++boxes}`;
  await database.db.insert(box).values({ id: boxId, name: boxId, institutionId: 'inst' });
  const outboxId = randomBytes(16).toString('base64url');
  return {
    boxId,
    outboxId,
    send: (records: Sent[], gapFrom: number | null = null, over: Partial<RecordIngestParts> = {}) =>
      new RecordIngest({ db: database.db, captures, now: () => NOW_MS, ...over })
        .accept(boxId, decodeBatch(encodeBatch({ outboxId, gapFrom, records })))
        .catch((error: unknown) => {
          if (isRecordError(error)) return { code: error.code, ...error.details };
          if (isHubError(error)) return { code: error.code };
          throw error;
        }),
    rows: () =>
      database.db.select().from(boxRecord).where(eq(boxRecord.boxId, boxId)).orderBy(asc(boxRecord.number)),
  };
}

interface Sent {
  json: string;
  body: Uint8Array;
}
const record = (
  number: number,
  said: { kind: BoxRecord['kind']; data: object } & Partial<Omit<BoxRecord, 'data' | 'kind'>>,
  body: Uint8Array = new Uint8Array(),
): Sent => ({
  json: JSON.stringify({
    ...{ number, boxAtMs: NOW_MS - 60_000 + number, clockRun: 'run-1234', hubOffsetMs: 0, roomId: null },
    ...said,
    bytes: body.length,
  }),
  body,
});
const event = (number: number, over: Partial<Omit<BoxRecord, 'data' | 'kind'>> = {}): Sent =>
  record(number, { kind: 'event', data: { type: 'path.restored' }, ...over });
const events = (from: number, until: number): Sent[] =>
  Array.from({ length: until - from + 1 }, (_, i) => event(from + i));
const frame = encodeVitalsFrame({
  ...{ code: MDC.spo2, unit: MDC_UNIT.percent, startHubMs: NOW_MS, sampleRateHz: 0, scale: 0.1, offset: 0 },
  ...{ quality: 'ok', simulated: true, sequence: 1, samples: Int16Array.of(971) },
});
const vitals = (number: number, body: Uint8Array = deflateRawSync(packVitals([frame]))): Sent =>
  record(number, { kind: 'vitals', data: { durationMs: 1000 } }, body);

describe('what boxes send', () => {
  it('is taken once, however often and overlapping it comes', async () => {
    const { send, rows, outboxId } = await newBox();
    expect(await send([...events(1, 3), vitals(4)])).toEqual({ outboxId, through: 4 });
    expect(await send([...events(1, 3), vitals(4)])).toEqual({ outboxId, through: 4 });
    expect(await send([vitals(4), ...events(5, 6)])).toEqual({ outboxId, through: 6 });
    expect(await send([event(2)])).toEqual({ outboxId, through: 6 });
    expect((await rows()).map(({ number, kind }) => [number, kind])).toEqual([
      ...[
        [1, 'event'],
        [2, 'event'],
        [3, 'event'],
      ],
      ...[
        [4, 'vitals'],
        [5, 'event'],
        [6, 'event'],
      ],
    ]);
  });

  it('is taken once when two requests with it come at the same time', async () => {
    const { send, rows } = await newBox();
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => send(events(1, 20 + i))));
    expect(answers.every((answer) => 'through' in answer)).toBe(true);
    expect((await rows()).map(({ number }) => number)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });

  it('must come in order, unless the box says that a part is gone; then that is on record', async () => {
    const { send, rows } = await newBox();
    expect(await send(events(3, 4))).toEqual({ code: 'out_of_order', record: 3, expected: 1 });
    expect(await send(events(3, 4), 2)).toEqual({ code: 'out_of_order', record: 3, expected: 1 });
    expect(await rows()).toEqual([]);
    expect(await send(events(3, 4), 1)).toMatchObject({ through: 4 });
    expect(await send(events(3, 5), 1)).toMatchObject({ through: 5 });
    expect((await rows()).map(({ number, kind, data }) => [number, kind, data])).toMatchObject([
      [1, 'gap', { until: 2 }],
      [3, 'event', {}],
      [4, 'event', {}],
      [5, 'event', {}],
    ]);
  });

  it('must not change under its number, except that a void may stand for what is here whole', async () => {
    const { send, rows } = await newBox();
    await send([event(1), vitals(2)]);
    const other = record(2, { kind: 'event', data: { type: 'room.entered' } });
    expect(await send([other, event(3)])).toEqual({ code: 'conflict', record: 2 });
    const nothing = record(2, { kind: 'void', data: { was: 'vitals', reason: 'damaged' } });
    expect(await send([nothing, event(3)])).toMatchObject({ through: 3 });
    expect((await rows()).map(({ kind }) => kind)).toEqual(['event', 'vitals', 'event']);
  });

  it.each<[string, Uint8Array]>([
    ['not deflated', randomBytes(100)],
    ['empty inside', deflateRawSync(new Uint8Array())],
    ['no frames', deflateRawSync(randomBytes(200))],
    ['a bomb', deflateRawSync(new Uint8Array(50_000_000))],
  ])(
    'vitals that cannot be read are refused by name, and nothing of the batch is kept: %s',
    async (_, body) => {
      const { send, rows } = await newBox();
      expect(await send([event(1), vitals(2, body), event(3)])).toEqual({
        code: 'invalid_message',
        record: 2,
      });
      expect(await rows()).toEqual([]);
    },
  );

  it('keeps a series of its own for each outbox and each box', async () => {
    const one = await newBox();
    const two = await newBox();
    await one.send(events(1, 3));
    expect(await two.send(events(1, 2))).toMatchObject({ through: 2 });
    const wiped = { ...encodeBatch({ outboxId: 'W'.repeat(22), gapFrom: null, records: events(1, 1) }) };
    const batch = decodeBatch(Uint8Array.from(Object.values(wiped)));
    const ingest = new RecordIngest({ db: database.db, captures });
    expect(await ingest.accept(one.boxId, batch)).toEqual({ outboxId: 'W'.repeat(22), through: 1 });
    expect((await one.rows()).length).toBe(4);
  });
});

describe('the room of a record', () => {
  const outcome = async (send: Awaited<ReturnType<typeof newBox>>, records: Sent[]) => {
    await send.send(records);
    return (await send.rows()).map(({ roomId, claimedRoomId, roomClaim }) => [
      roomId,
      claimedRoomId,
      roomClaim,
    ]);
  };

  it('is believed only when the box served it at that time', async () => {
    const sender = await newBox();
    await database.db.insert(boxService).values([
      {
        roomId: 'room-a',
        boxId: sender.boxId,
        since: new Date(NOW_MS - 600_000),
        until: new Date(NOW_MS - 300_000),
      },
      { roomId: 'room-b', boxId: sender.boxId, since: new Date(NOW_MS - 300_000) },
    ]);
    const at =
      (ms: number, roomId: string | null, offset: number | null = 0) =>
      (number: number) =>
        event(number, { boxAtMs: NOW_MS + ms - (offset ?? 0), hubOffsetMs: offset, roomId });
    const told = [
      at(0, null),
      at(-400_000, 'room-a'),
      at(-295_000, 'room-a'), // heard of the end a little late
      at(-200_000, 'room-a'),
      at(-200_000, 'room-b', 86_400_000), // its clock is a day behind, and it knows
      at(-200_000, 'room-b', null), // and here it does not know
      at(0, 'room-of-others'),
    ].map((make, i) => make(i + 1));
    expect(await outcome(sender, told)).toEqual([
      [null, null, 'none'],
      ['room-a', 'room-a', 'confirmed'],
      ['room-a', 'room-a', 'confirmed'],
      [null, 'room-a', 'otherTime'],
      ['room-b', 'room-b', 'confirmed'],
      ['room-b', 'room-b', 'confirmed'],
      [null, 'room-of-others', 'notServed'],
    ]);
  });
});

describe('the time of a record', () => {
  it('is true time once the same run of the box’s clock has heard the hub', async () => {
    const { send, rows } = await newBox();
    const early = { hubOffsetMs: null, boxAtMs: 5_000 };
    await send([event(1, early), event(2, { ...early, clockRun: 'run-before' })]);
    expect((await rows()).map(({ takenAt }) => takenAt)).toEqual([null, null]);
    const offset = NOW_MS - 6_000;
    const clock = {
      kind: 'clock',
      data: { cause: 'hub', stepMs: offset },
      hubOffsetMs: offset,
      boxAtMs: 6_000,
    } as const;
    await send([record(3, clock), event(4, { hubOffsetMs: offset, boxAtMs: 7_000 })]);
    expect((await rows()).map(({ takenAt }) => takenAt?.getTime() ?? null)).toEqual([
      NOW_MS - 1_000,
      null,
      NOW_MS,
      NOW_MS + 1_000,
    ]);
  });
});

describe('a capture', () => {
  const bytes = randomBytes(CAPTURE_PART_BYTES * 2 + 77);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const data = { mediaType: 'image/png', label: '定格', bytes: bytes.length, parts: 3, sha256 };
  const part = (capture: number, i: number): Sent =>
    record(
      capture + 1 + i,
      { kind: 'capturePart', data: { capture, part: i } },
      bytes.subarray(i * CAPTURE_PART_BYTES, (i + 1) * CAPTURE_PART_BYTES),
    );

  it('comes in parts over several batches, some of them twice', async () => {
    const { send, boxId, outboxId } = await newBox();
    await send([event(1), record(2, { kind: 'capture', data }), part(2, 0)]);
    await send([part(2, 0), part(2, 1)]);
    await send([part(2, 1), part(2, 2)]);
    expect((await captures.read({ boxId, outboxId, number: 2 })).equals(bytes)).toBe(true);
  });

  it('whose head was lost keeps what is left of it', async () => {
    const { send, rows } = await newBox();
    await send(events(1, 1));
    expect(await send([part(3, 1), part(3, 2)], 2)).toMatchObject({ through: 6 });
    expect((await rows()).map(({ number, kind, body }) => [number, kind, body?.length])).toEqual([
      [1, 'event', undefined],
      [2, 'gap', undefined],
      [5, 'capturePart', CAPTURE_PART_BYTES],
      [6, 'capturePart', 77],
    ]);
  });
});

describe('a hub that dies', () => {
  it.each(['begun', 'written', 'committed'] as const)(
    'when a batch is %s has all of it or nothing',
    async (at) => {
      const { send, rows } = await newBox();
      const step = (now: string): void => {
        if (now === at) throw new Error('the hub died');
      };
      await expect(send(events(1, 5), null, { step })).rejects.toThrow('the hub died');
      expect((await rows()).length).toBe(at === 'committed' ? 5 : 0);
      expect(await send(events(1, 6))).toMatchObject({ through: 6 });
      expect((await rows()).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    },
  );

  it('or whose connection to the database breaks in the midst, says try again and keeps nothing half', async () => {
    const { send, rows } = await newBox();
    const breakConnection = async (now: string): Promise<void> => {
      if (now !== 'written') return;
      await database.db.execute(
        // Only here: other test files have databases of their own on the same server.
        sql`select pg_terminate_backend(pid) from pg_stat_activity
            where state = 'idle in transaction' and datname = current_database()`,
      );
    };
    expect(await send(events(1, 5), null, { step: breakConnection })).toEqual({ code: 'unavailable' });
    expect(await rows()).toEqual([]);
    expect(await send(events(1, 5))).toMatchObject({ through: 5 });
  });
});

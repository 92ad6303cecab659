import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  customType,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { box, list, moment, room } from './schema.ts';

/** What boxes measured, captured and noted, as their outboxes sent it. */

const RECORD_KINDS = ['vitals', 'capture', 'capturePart', 'event', 'clock', 'void', 'gap'] as const;
const ROOM_CLAIMS = ['none', 'confirmed', 'notServed', 'otherTime'] as const;

export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** Which box served which room, and when: what a box says of itself is checked against this. */
export const boxService = pgTable(
  'box_service',
  {
    roomId: text('room_id')
      .notNull()
      .references(() => room.id),
    boxId: text('box_id')
      .notNull()
      .references(() => box.id),
    since: moment('since').notNull().defaultNow(),
    until: moment('until'),
  },
  (table) => [
    primaryKey({ columns: [table.roomId, table.boxId, table.since] }),
    uniqueIndex('box_service_now')
      .on(table.boxId)
      .where(sql`${table.until} IS NULL`),
  ],
);

/** One series of numbers of a box; a wiped box begins another. */
export const boxOutbox = pgTable(
  'box_outbox',
  {
    boxId: text('box_id')
      .notNull()
      .references(() => box.id),
    outboxId: text('outbox_id').notNull(),
    /** All numbers up to this one are here, or known to be lost. */
    through: bigint('through', { mode: 'number' }).notNull().default(0),
    firstAt: moment('first_at').notNull().defaultNow(),
    lastAt: moment('last_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.boxId, table.outboxId] })],
);

/** A record; its key is what makes it arrive once. `gap` is the hub's own: numbers that no longer exist anywhere. */
export const boxRecord = pgTable(
  'box_record',
  {
    boxId: text('box_id').notNull(),
    outboxId: text('outbox_id').notNull(),
    number: bigint('number', { mode: 'number' }).notNull(),
    kind: text('kind', { enum: RECORD_KINDS }).notNull(),
    /** SHA-256 of the record as it came: the same number with another content is a fault, not a repetition. */
    digest: bytea('digest').notNull(),
    /** What the box's clock said, which run of that clock, and what it knew of the hub's at the time. */
    boxAtMs: doublePrecision('box_at_ms').notNull(),
    clockRun: text('clock_run').notNull(),
    hubOffsetMs: doublePrecision('hub_offset_ms'),
    /** In hub time, as well as it is known by now; null while the offset is not. */
    takenAt: moment('taken_at'),
    durationMs: integer('duration_ms').notNull().default(0),
    receivedAt: moment('received_at').notNull().defaultNow(),
    /** Set only when the box really served the room at that time; what it claimed stays beside it. */
    roomId: text('room_id').references(() => room.id),
    claimedRoomId: text('claimed_room_id'),
    roomClaim: text('room_claim', { enum: ROOM_CLAIMS }).notNull(),
    data: jsonb('data').notNull(),
    body: bytea('body'),
  },
  (table) => [
    primaryKey({ columns: [table.boxId, table.outboxId, table.number] }),
    foreignKey({
      name: 'box_record_outbox',
      columns: [table.boxId, table.outboxId],
      foreignColumns: [boxOutbox.boxId, boxOutbox.outboxId],
    }),
    check('box_record_kind_known', sql`${table.kind} IN (${list(RECORD_KINDS)})`),
    check('box_record_claim_known', sql`${table.roomClaim} IN (${list(ROOM_CLAIMS)})`),
    check(
      'box_record_room_confirmed',
      sql`(${table.roomId} IS NOT NULL) = (${table.roomClaim} = 'confirmed')`,
    ),
    index('box_record_room').on(table.roomId, table.takenAt),
    // What a first clock correction must find.
    index('box_record_untimed')
      .on(table.boxId, table.outboxId, table.clockRun)
      .where(sql`${table.takenAt} IS NULL`),
  ],
);

/** The bytes of captures, in the parts they came in. */
export const boxCapturePart = pgTable(
  'box_capture_part',
  {
    boxId: text('box_id').notNull(),
    outboxId: text('outbox_id').notNull(),
    /** Number of the capture's own record. */
    capture: bigint('capture', { mode: 'number' }).notNull(),
    part: integer('part').notNull(),
    bytes: bytea('bytes').notNull(),
  },
  (table) => [
    primaryKey({
      name: 'box_capture_part_pk',
      columns: [table.boxId, table.outboxId, table.capture, table.part],
    }),
    foreignKey({
      name: 'box_capture_part_capture',
      columns: [table.boxId, table.outboxId, table.capture],
      foreignColumns: [boxRecord.boxId, boxRecord.outboxId, boxRecord.number],
    }),
  ],
);

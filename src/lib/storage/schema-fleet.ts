import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, real, text } from 'drizzle-orm/pg-core';
import type { BoxConfig, BoxReport } from '../signaling/contract/index.ts';
import { account, box, moment } from './schema.ts';

/** What the hub wants of its boxes, and how they are. */

/** Every configuration that a box was ever given; the one with the highest version is wanted. */
export const boxConfig = pgTable(
  'box_config',
  {
    boxId: text('box_id')
      .notNull()
      .references(() => box.id),
    version: integer('version').notNull(),
    document: jsonb('document').$type<BoxConfig>().notNull(),
    authorId: text('author_id')
      .notNull()
      .references(() => account.id),
    createdAt: moment('created_at').notNull(),
    /** The earlier version that this one brings back. */
    restoredFrom: integer('restored_from'),
    outcome: text('outcome', { enum: ['waiting', 'applied', 'refused', 'rolled_back', 'replaced'] })
      .notNull()
      .default('waiting'),
    /** The box's own words. */
    reason: text('reason').notNull().default(''),
    outcomeAt: moment('outcome_at'),
  },
  (table) => [
    primaryKey({ columns: [table.boxId, table.version] }),
    check('box_config_version', sql`${table.version} >= 1`),
    check(
      'box_config_outcome_known',
      sql`${table.outcome} IN ('waiting', 'applied', 'refused', 'rolled_back', 'replaced')`,
    ),
  ],
);

/** The last report of a box, and what it was asked to do. */
export const boxStatus = pgTable('box_status', {
  boxId: text('box_id')
    .primaryKey()
    .references(() => box.id),
  report: jsonb('report').$type<BoxReport>(),
  reportedAt: moment('reported_at'),
  /** The app version that an administrator asked for. */
  updateWanted: text('update_wanted'),
});

/** Reports for the charts: every one for a day, means of five minutes for a month. */
export const boxHealth = pgTable(
  'box_health',
  {
    boxId: text('box_id')
      .notNull()
      .references(() => box.id),
    /** How long one row stands for. */
    stepS: integer('step_s').notNull(),
    at: moment('at').notNull(),
    cpuPercent: real('cpu_percent'),
    memoryPercent: real('memory_percent'),
    diskPercent: real('disk_percent'),
    temperatureC: real('temperature_c'),
    rttMs: real('rtt_ms'),
    estimateKbps: real('estimate_kbps'),
    lossPercent: real('loss_percent'),
    outboxWaiting: real('outbox_waiting'),
    clockOffsetMs: real('clock_offset_ms'),
    signalPercent: real('signal_percent'),
  },
  (table) => [
    primaryKey({ columns: [table.boxId, table.stepS, table.at] }),
    index('box_health_age').on(table.stepS, table.at),
  ],
);

/** Log bundles that were asked for; the text comes when the box has answered. */
export const boxLog = pgTable(
  'box_log',
  {
    id: text('id').primaryKey(),
    boxId: text('box_id')
      .notNull()
      .references(() => box.id),
    requestedBy: text('requested_by')
      .notNull()
      .references(() => account.id),
    requestedAt: moment('requested_at').notNull(),
    receivedAt: moment('received_at'),
    content: text('content'),
  },
  (table) => [index('box_log_box').on(table.boxId, table.requestedAt)],
);

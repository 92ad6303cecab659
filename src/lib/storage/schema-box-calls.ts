import { sql } from 'drizzle-orm';
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { account, box, list, moment, room } from './schema.ts';

const STATES = ['open', 'answered', 'cancelled', 'declined'] as const;

/** Somebody beside a box asked for help. An open call past its time has expired; nothing has to be written for that. */
export const boxCall = pgTable(
  'box_call',
  {
    id: text('id').primaryKey(),
    boxId: text('box_id')
      .notNull()
      .references(() => box.id),
    reason: text('reason'),
    state: text('state', { enum: STATES }).notNull().default('open'),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    settledAt: moment('settled_at'),
    /** Who answered or declined. */
    settledBy: text('settled_by').references(() => account.id),
    roomId: text('room_id').references(() => room.id),
  },
  (table) => [
    check('box_call_state_known', sql`${table.state} IN (${list(STATES)})`),
    // A box calls once at a time.
    uniqueIndex('box_call_open')
      .on(table.boxId)
      .where(sql`${table.state} = 'open'`),
    index('box_call_box').on(table.boxId, table.createdAt),
  ],
);

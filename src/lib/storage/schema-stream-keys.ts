import { sql } from 'drizzle-orm';
import { check, index, pgTable, text } from 'drizzle-orm/pg-core';
import { account, box, institution, moment, room } from './schema.ts';

/** Lets one device that speaks WHIP, or one player that speaks WHEP, into one room, or to wherever one box serves. */
export const streamKey = pgTable(
  'stream_key',
  {
    id: text('id').primaryKey(),
    /** What the device is called in the room. */
    name: text('name').notNull(),
    access: text('access', { enum: ['publish', 'view'] }).notNull(),
    /** What the pictures of a publisher are; null for a viewer. */
    pictureClass: text('picture_class', { enum: ['clinical', 'face'] }),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    roomId: text('room_id').references(() => room.id),
    boxId: text('box_id').references(() => box.id),
    /** SHA-256 of the token, which is shown once. */
    tokenHash: text('token_hash').notNull().unique(),
    createdBy: text('created_by')
      .notNull()
      .references(() => account.id),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    revokedAt: moment('revoked_at'),
    lastUsedAt: moment('last_used_at'),
  },
  (table) => [
    check('stream_key_access_known', sql`${table.access} IN ('publish', 'view')`),
    check(
      'stream_key_picture_class',
      sql`CASE WHEN ${table.access} = 'publish' THEN ${table.pictureClass} IN ('clinical', 'face') AND ${table.pictureClass} IS NOT NULL ELSE ${table.pictureClass} IS NULL END`,
    ),
    check('stream_key_of_one', sql`num_nonnulls(${table.roomId}, ${table.boxId}) = 1`),
    index('stream_key_institution').on(table.institutionId),
  ],
);

import { sql } from 'drizzle-orm';
import {
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import {
  ACCOUNT_ROLES,
  ROOM_KINDS,
  ROOM_ROLES,
  type PatientStrip,
  type RoomEvent,
} from '../signaling/contract/index.ts';

/** Moments are instants; which zone they are shown in is the reader's affair. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
export const list = (values: readonly string[]) => sql.raw(values.map((value) => `'${value}'`).join(', '));

const GUEST_ROLES = ['patient', 'interpreter', 'observer'] as const;
const LOCALES = ['zh-CN', 'en'] as const;

export const institution = pgTable('institution', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  createdAt: moment('created_at').notNull().defaultNow(),
});

export const account = pgTable(
  'account',
  {
    id: text('id').primaryKey(),
    /** Lower case; compared as it is. */
    username: text('username').notNull().unique(),
    displayName: text('display_name').notNull(),
    /** Argon2id in PHC form. */
    passwordHash: text('password_hash').notNull(),
    roles: text('roles', { enum: ACCOUNT_ROLES }).array().notNull(),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    locale: text('locale', { enum: LOCALES }).notNull().default('zh-CN'),
    createdAt: moment('created_at').notNull().defaultNow(),
    disabledAt: moment('disabled_at'),
  },
  (table) => [
    check('account_username_lower', sql`${table.username} = lower(${table.username})`),
    check(
      'account_roles_known',
      sql`${table.roles} <@ ARRAY[${list(ACCOUNT_ROLES)}]::text[] AND cardinality(${table.roles}) > 0`,
    ),
    check('account_locale_known', sql`${table.locale} IN (${list(LOCALES)})`),
    index('account_institution').on(table.institutionId),
  ],
);

export const box = pgTable(
  'box',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    /** Ed25519 SubjectPublicKeyInfo in base64url; null until the box has enrolled. */
    publicKey: text('public_key'),
    status: text('status', { enum: ['awaiting', 'enrolled', 'revoked'] })
      .notNull()
      .default('awaiting'),
    createdAt: moment('created_at').notNull().defaultNow(),
    enrolledAt: moment('enrolled_at'),
    revokedAt: moment('revoked_at'),
    lastSeenAt: moment('last_seen_at'),
  },
  (table) => [
    check('box_status_known', sql`${table.status} IN ('awaiting', 'enrolled', 'revoked')`),
    check('box_enrolled_has_key', sql`${table.status} <> 'enrolled' OR ${table.publicKey} IS NOT NULL`),
    check('box_revoked_at', sql`(${table.status} = 'revoked') = (${table.revokedAt} IS NOT NULL)`),
    // A revoked box keeps its key on record, and may enrol anew with it.
    uniqueIndex('box_public_key')
      .on(table.publicKey)
      .where(sql`${table.status} = 'enrolled'`),
    index('box_institution').on(table.institutionId),
  ],
);

/** Lets one key in for one box, once. */
export const boxEnrolmentCode = pgTable(
  'box_enrolment_code',
  {
    hash: text('hash').primaryKey(),
    boxId: text('box_id')
      .notNull()
      .references(() => box.id, { onDelete: 'cascade' }),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    usedAt: moment('used_at'),
  },
  (table) => [index('box_enrolment_code_box').on(table.boxId)],
);

/** Short-lived; it outlives the time in which its nonce could be played again, so it is also the memory of nonces. */
export const boxToken = pgTable(
  'box_token',
  {
    hash: text('hash').primaryKey(),
    boxId: text('box_id')
      .notNull()
      .references(() => box.id, { onDelete: 'cascade' }),
    nonce: text('nonce').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    unique('box_token_nonce').on(table.boxId, table.nonce),
    index('box_token_expires').on(table.expiresAt),
  ],
);

export const room = pgTable(
  'room',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: ROOM_KINDS }).notNull(),
    title: text('title').notNull(),
    patient: jsonb('patient').$type<PatientStrip>(),
    status: text('status', { enum: ['open', 'ended'] })
      .notNull()
      .default('open'),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    createdBy: text('created_by')
      .notNull()
      .references(() => account.id),
    createdAt: moment('created_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
    boxId: text('box_id').references(() => box.id),
  },
  (table) => [
    check('room_kind_known', sql`${table.kind} IN (${list(ROOM_KINDS)})`),
    check('room_status_known', sql`${table.status} IN ('open', 'ended')`),
    // A box never serves two rooms; the database is the one that cannot be raced. An ended room lets its box go.
    uniqueIndex('room_box').on(table.boxId),
    index('room_institution').on(table.institutionId),
    // Of all that there ever were few are open.
    index('room_open')
      .on(table.createdAt)
      .where(sql`${table.status} = 'open'`),
  ],
);

export const roomParticipant = pgTable(
  'room_participant',
  {
    roomId: text('room_id')
      .notNull()
      .references(() => room.id),
    accountId: text('account_id')
      .notNull()
      .references(() => account.id),
    role: text('role', { enum: ROOM_ROLES }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.roomId, table.accountId] }),
    check('room_participant_role_known', sql`${table.role} IN (${list(ROOM_ROLES)})`),
    index('room_participant_account').on(table.accountId),
  ],
);

/** The record of what happened in a room; Redis holds the live log. */
export const roomEvent = pgTable(
  'room_event',
  {
    roomId: text('room_id')
      .notNull()
      .references(() => room.id),
    seq: integer('seq').notNull(),
    epoch: integer('epoch').notNull(),
    type: text('type').$type<RoomEvent['type']>().notNull(),
    data: jsonb('data').$type<RoomEvent['data']>().notNull(),
    at: moment('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.seq] })],
);

export const invitation = pgTable(
  'invitation',
  {
    id: text('id').primaryKey(),
    tokenHash: text('token_hash').notNull().unique(),
    roomId: text('room_id')
      .notNull()
      .references(() => room.id),
    role: text('role', { enum: GUEST_ROLES }).notNull(),
    name: text('name').notNull(),
    createdBy: text('created_by')
      .notNull()
      .references(() => account.id),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    /** Taken by one browser; the session that points here says by which. */
    redeemedAt: moment('redeemed_at'),
  },
  (table) => [
    check('invitation_role_known', sql`${table.role} IN (${list(GUEST_ROLES)})`),
    index('invitation_room').on(table.roomId),
  ],
);

/** Somebody's browser: of an account, of a guest, or of a patient with a link to a case. */
export const session = pgTable(
  'session',
  {
    /** SHA-256 of the token, so that a stolen copy of the table opens nothing. */
    id: text('id').primaryKey(),
    accountId: text('account_id').references(() => account.id),
    invitationId: text('invitation_id').references(() => invitation.id),
    /** Of a patient's phone; a migration adds that it points at `case_link`, whose table builds on this file. */
    caseLinkId: text('case_link_id'),
    userAgent: text('user_agent').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    lastSeenAt: moment('last_seen_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    check(
      'session_of_one',
      sql`num_nonnulls(${table.accountId}, ${table.invitationId}, ${table.caseLinkId}) = 1`,
    ),
    index('session_account').on(table.accountId),
    uniqueIndex('session_invitation').on(table.invitationId),
    index('session_case_link').on(table.caseLinkId),
    index('session_expires').on(table.expiresAt),
  ],
);

/** Failed tries in the running window; one row for what is guessed at and by whom. */
export const loginAttempt = pgTable('login_attempt', {
  key: text('key').primaryKey(),
  count: integer('count').notNull(),
  windowEndsAt: moment('window_ends_at').notNull(),
});

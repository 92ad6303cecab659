import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { CASE_KINDS } from '../signaling/contract/index.ts';
import { clinicalCase, patient } from './schema-clinic.ts';
import { account, institution, list, moment } from './schema.ts';

const SLOT_STATES = ['open', 'withdrawn'] as const;
const APPOINTMENT_STATES = ['booked', 'cancelled', 'kept', 'missed'] as const;

/** Time that somebody offers. A migration adds that nobody's slots may overlap (`EXCLUDE`), which Drizzle cannot say. */
export const slot = pgTable(
  'slot',
  {
    id: text('id').primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => account.id),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    service: text('service', { enum: CASE_KINDS }).notNull(),
    startsAt: moment('starts_at').notNull(),
    endsAt: moment('ends_at').notNull(),
    state: text('state', { enum: SLOT_STATES }).notNull().default('open'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [
    check('slot_service_known', sql`${table.service} IN (${list(CASE_KINDS)})`),
    check('slot_state_known', sql`${table.state} IN (${list(SLOT_STATES)})`),
    check('slot_has_length', sql`${table.endsAt} > ${table.startsAt}`),
    index('slot_open').on(table.institutionId, table.service, table.startsAt),
    index('slot_service')
      .on(table.service, table.startsAt)
      .where(sql`${table.state} = 'open'`),
    index('slot_account').on(table.accountId, table.startsAt),
    // The next few that somebody offers of a service.
    index('slot_offered')
      .on(table.accountId, table.service, table.startsAt)
      .where(sql`${table.state} = 'open'`),
  ],
);

/** A case at a time: in somebody's slot. */
export const appointment = pgTable(
  'appointment',
  {
    id: text('id').primaryKey(),
    slotId: text('slot_id')
      .notNull()
      .references(() => slot.id),
    caseId: text('case_id')
      .notNull()
      .references(() => clinicalCase.id),
    patientId: text('patient_id')
      .notNull()
      .references(() => patient.id),
    state: text('state', { enum: APPOINTMENT_STATES }).notNull().default('booked'),
    /** Counts its changes, as iCalendar's SEQUENCE does. */
    sequence: integer('sequence').notNull().default(0),
    bookedAt: moment('booked_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason'),
  },
  (table) => [
    check('appointment_state_known', sql`${table.state} IN (${list(APPOINTMENT_STATES)})`),
    // Double booking is impossible here, whatever two people do at once.
    uniqueIndex('appointment_slot')
      .on(table.slotId)
      .where(sql`${table.state} IN ('booked', 'kept')`),
    uniqueIndex('appointment_case')
      .on(table.caseId)
      .where(sql`${table.state} = 'booked'`),
    index('appointment_patient').on(table.patientId, table.bookedAt),
    index('appointment_history').on(table.slotId),
    // All of a case, cancelled and missed ones too.
    index('appointment_of_case').on(table.caseId),
  ],
);

/** Something that is to be done about a case later: a call, a check. Open until somebody says that it is done. */
export const followUp = pgTable(
  'follow_up',
  {
    id: text('id').primaryKey(),
    caseId: text('case_id')
      .notNull()
      .references(() => clinicalCase.id),
    text: text('text').notNull(),
    dueAt: moment('due_at').notNull(),
    doneAt: moment('done_at'),
    doneBy: text('done_by').references(() => account.id),
  },
  (table) => [
    index('follow_up_case').on(table.caseId),
    index('follow_up_open')
      .on(table.dueAt)
      .where(sql`${table.doneAt} IS NULL`),
  ],
);

/** The address at which a person's calendar program reads; it lets in by itself, so only its token's hash is kept. */
export const calendarFeed = pgTable('calendar_feed', {
  accountId: text('account_id')
    .primaryKey()
    .references(() => account.id),
  tokenHash: text('token_hash').notNull().unique(),
  createdAt: moment('created_at').notNull().defaultNow(),
});

const REMINDER_STATES = ['waiting', 'sent', 'failed', 'cancelled'] as const;
const CHANNELS = ['in_app', 'email', 'webhook', 'sms'] as const;

/** Something to be told to somebody at a time, by one channel; an outbox of its own, so that nothing is told twice or forgotten. */
export const reminder = pgTable(
  'reminder',
  {
    id: text('id').primaryKey(),
    /** The same thing told once: kind, case, recipient, channel and moment in one. */
    dedupeKey: text('dedupe_key').notNull().unique(),
    caseId: text('case_id').references(() => clinicalCase.id),
    /** `a_…` an account, `p_…` a patient, `i_…` an institution's webhook. */
    recipient: text('recipient').notNull(),
    channel: text('channel', { enum: CHANNELS }).notNull(),
    kind: text('kind').notNull(),
    /** What the words need; no more of the patient than the words say. */
    data: jsonb('data').$type<object>().notNull(),
    dueAt: moment('due_at').notNull(),
    state: text('state', { enum: REMINDER_STATES }).notNull().default('waiting'),
    attempts: integer('attempts').notNull().default(0),
    lastError: text('last_error'),
    sentAt: moment('sent_at'),
  },
  (table) => [
    check('reminder_state_known', sql`${table.state} IN (${list(REMINDER_STATES)})`),
    check('reminder_channel_known', sql`${table.channel} IN (${list(CHANNELS)})`),
    index('reminder_due')
      .on(table.dueAt)
      .where(sql`${table.state} = 'waiting'`),
    index('reminder_case').on(table.caseId),
  ],
);

/** What a person finds under the bell. */
export const notification = pgTable(
  'notification',
  {
    id: text('id').primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => account.id),
    caseId: text('case_id').references(() => clinicalCase.id),
    kind: text('kind').notNull(),
    data: jsonb('data').$type<object>().notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    readAt: moment('read_at'),
  },
  (table) => [
    index('notification_unread')
      .on(table.accountId, table.createdAt)
      .where(sql`${table.readAt} IS NULL`),
    index('notification_account').on(table.accountId, table.createdAt),
  ],
);

/** Where a person wants to be told; an address of a patient lies with the patient. */
export const contactPreference = pgTable('contact_preference', {
  accountId: text('account_id')
    .primaryKey()
    .references(() => account.id),
  email: text('email'),
  emailOn: boolean('email_on').notNull().default(false),
  updatedAt: moment('updated_at').notNull().defaultNow(),
});

/** Another system of the institution that is told, with a signature. */
export const webhook = pgTable(
  'webhook',
  {
    id: text('id').primaryKey(),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    url: text('url').notNull(),
    /** Signs every call; shown once. */
    secret: text('secret').notNull(),
    createdBy: text('created_by')
      .notNull()
      .references(() => account.id),
    createdAt: moment('created_at').notNull().defaultNow(),
    disabledAt: moment('disabled_at'),
  },
  (table) => [index('webhook_institution').on(table.institutionId)],
);

import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { clinicalCase, patient } from './schema-clinic.ts';
import { bytea } from './schema-records.ts';
import { account, list, moment } from './schema.ts';

/** A file that belongs to a case: a report, a photograph. Taken out of view, it stays on record. */
export const caseAttachment = pgTable(
  'case_attachment',
  {
    id: text('id').primaryKey(),
    caseId: text('case_id')
      .notNull()
      .references(() => clinicalCase.id),
    name: text('name').notNull(),
    /** By its first bytes, not by its name. */
    mediaType: text('media_type').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    sha256: text('sha256').notNull(),
    addedBy: text('added_by').notNull(),
    addedAt: moment('added_at').notNull().defaultNow(),
    removedBy: text('removed_by'),
    removedAt: moment('removed_at'),
  },
  (table) => [index('case_attachment_case').on(table.caseId, table.addedAt)],
);

export const caseAttachmentPart = pgTable(
  'case_attachment_part',
  {
    attachmentId: text('attachment_id')
      .notNull()
      .references(() => caseAttachment.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    data: bytea('data').notNull(),
  },
  (table) => [primaryKey({ columns: [table.attachmentId, table.number] })],
);

export const DOCUMENT_KINDS = ['opinion', 'note', 'prescription', 'report', 'debrief'] as const;
const DOCUMENT_STATES = ['draft', 'final', 'superseded'] as const;

/** What is written in a case, section by section, by several people at once, until somebody concludes it. */
export const caseDocument = pgTable(
  'case_document',
  {
    id: text('id').primaryKey(),
    caseId: text('case_id')
      .notNull()
      .references(() => clinicalCase.id),
    kind: text('kind', { enum: DOCUMENT_KINDS }).notNull(),
    state: text('state', { enum: DOCUMENT_STATES }).notNull().default('draft'),
    /** Section → its text, and the number of its last change, against which the next one is checked. */
    sections: jsonb('sections')
      .$type<Record<string, { text: string; version: number; by: string; atMs: number }>>()
      .notNull(),
    /** Structured parts, such as the lines of a prescription; by the kind's own schema. */
    body: jsonb('body').$type<object>().notNull(),
    version: integer('version').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    finalBy: text('final_by').references(() => account.id),
    finalAt: moment('final_at'),
  },
  (table) => [
    check('case_document_kind_known', sql`${table.kind} IN (${list(DOCUMENT_KINDS)})`),
    check('case_document_state_known', sql`${table.state} IN (${list(DOCUMENT_STATES)})`),
    check('case_document_final', sql`(${table.state} = 'draft') = (${table.finalAt} IS NULL)`),
    index('case_document_case').on(table.caseId, table.createdAt),
    // One of a kind is being written at a time.
    uniqueIndex('case_document_draft')
      .on(table.caseId, table.kind)
      .where(sql`${table.state} = 'draft'`),
  ],
);

/** Lets one patient's phone into one case, without an account. Only the token's hash is kept. */
export const caseLink = pgTable(
  'case_link',
  {
    id: text('id').primaryKey(),
    tokenHash: text('token_hash').notNull().unique(),
    caseId: text('case_id')
      .notNull()
      .references(() => clinicalCase.id),
    patientId: text('patient_id')
      .notNull()
      .references(() => patient.id),
    createdBy: text('created_by')
      .notNull()
      .references(() => account.id),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    redeemedAt: moment('redeemed_at'),
    revokedAt: moment('revoked_at'),
  },
  (table) => [index('case_link_case').on(table.caseId)],
);

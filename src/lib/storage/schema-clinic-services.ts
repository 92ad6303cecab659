import { sql } from 'drizzle-orm';
import {
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { clinicalCase } from './schema-clinic.ts';
import { account, institution, list, moment } from './schema.ts';

const QUESTIONNAIRE_STATES = ['draft', 'published', 'retired'] as const;

/** What a clinic asks before a visit. A published version never changes: answers point at it. */
export const questionnaire = pgTable(
  'questionnaire',
  {
    id: text('id').primaryKey(),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    /** `triage`, `pre-consult`, or the clinic's own. */
    key: text('key').notNull(),
    version: integer('version').notNull(),
    state: text('state', { enum: QUESTIONNAIRE_STATES }).notNull().default('draft'),
    definition: jsonb('definition').$type<object>().notNull(),
    createdBy: text('created_by')
      .notNull()
      .references(() => account.id),
    createdAt: moment('created_at').notNull().defaultNow(),
    publishedAt: moment('published_at'),
  },
  (table) => [
    check('questionnaire_state_known', sql`${table.state} IN (${list(QUESTIONNAIRE_STATES)})`),
    uniqueIndex('questionnaire_version').on(table.institutionId, table.key, table.version),
    uniqueIndex('questionnaire_published')
      .on(table.institutionId, table.key)
      .where(sql`${table.state} = 'published'`),
  ],
);

const QUEUE_STATES = ['waiting', 'called', 'in_visit', 'done', 'left'] as const;

/** A patient who waits for one doctor. */
export const queueEntry = pgTable(
  'queue_entry',
  {
    caseId: text('case_id')
      .primaryKey()
      .references(() => clinicalCase.id),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    doctorId: text('doctor_id')
      .notNull()
      .references(() => account.id),
    state: text('state', { enum: QUEUE_STATES }).notNull().default('waiting'),
    /** The smaller first; between two others when somebody was skipped. */
    rank: doublePrecision('rank').notNull(),
    arrivedAt: moment('arrived_at').notNull(),
    calledAt: moment('called_at'),
    startedAt: moment('started_at'),
    endedAt: moment('ended_at'),
    /** How often the patient was called and did not come. */
    missedCalls: integer('missed_calls').notNull().default(0),
  },
  (table) => [
    check('queue_entry_state_known', sql`${table.state} IN (${list(QUEUE_STATES)})`),
    index('queue_entry_doctor').on(table.doctorId, table.state, table.rank),
    index('queue_entry_visits').on(table.doctorId, table.endedAt),
    // One visit at a time, and one patient called at a time.
    uniqueIndex('queue_entry_called')
      .on(table.doctorId)
      .where(sql`${table.state} IN ('called', 'in_visit')`),
  ],
);

/** A model that may make suggestions to the diagnosis centre; it knows a token, of which the hash is kept. */
export const aiModel = pgTable(
  'ai_model',
  {
    id: text('id').primaryKey(),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    name: text('name').notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    createdBy: text('created_by')
      .notNull()
      .references(() => account.id),
    createdAt: moment('created_at').notNull().defaultNow(),
    revokedAt: moment('revoked_at'),
  },
  (table) => [index('ai_model_institution').on(table.institutionId)],
);

const SUGGESTION_DECISIONS = ['accepted', 'rejected'] as const;

/** What a model said of an exam; never a result, until a person has made it one. */
export const aiSuggestion = pgTable(
  'ai_suggestion',
  {
    id: text('id').primaryKey(),
    caseId: text('case_id')
      .notNull()
      .references(() => clinicalCase.id),
    modelId: text('model_id')
      .notNull()
      .references(() => aiModel.id),
    modelVersion: text('model_version').notNull(),
    finding: text('finding').notNull(),
    /** 0 to 1, as the model says. */
    confidence: doublePrecision('confidence').notNull(),
    /** Where in which picture; null: the exam as a whole. */
    region: jsonb('region').$type<object>(),
    receivedAt: moment('received_at').notNull().defaultNow(),
    decision: text('decision', { enum: SUGGESTION_DECISIONS }),
    decidedBy: text('decided_by').references(() => account.id),
    decidedAt: moment('decided_at'),
  },
  (table) => [
    check('ai_suggestion_confidence', sql`${table.confidence} BETWEEN 0 AND 1`),
    check('ai_suggestion_decision_known', sql`${table.decision} IN (${list(SUGGESTION_DECISIONS)})`),
    index('ai_suggestion_case').on(table.caseId, table.receivedAt),
    index('ai_suggestion_model').on(table.modelId, table.receivedAt),
  ],
);

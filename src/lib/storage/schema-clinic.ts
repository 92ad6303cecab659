import { sql } from 'drizzle-orm';
import {
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import {
  CASE_FUNCTIONS,
  CASE_KINDS,
  ID_KINDS,
  LATERALITIES,
  SEXES,
  SPECIALTIES,
  URGENCIES,
} from '../signaling/contract/index.ts';
import { account, box, institution, list, moment, room } from './schema.ts';

export const department = pgTable(
  'department',
  {
    id: text('id').primaryKey(),
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    name: text('name').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [uniqueIndex('department_name').on(table.institutionId, table.name)],
);

/** What an account is as a professional; the rules want a real name and a licence on every visit. */
export const practitioner = pgTable(
  'practitioner',
  {
    accountId: text('account_id')
      .primaryKey()
      .references(() => account.id),
    realName: text('real_name').notNull(),
    /** 医师执业证书编码 or the like. */
    licenceNumber: text('licence_number'),
    /** 主任医师, 副主任医师, … as the hospital writes it. */
    title: text('title').notNull(),
    specialties: text('specialties', { enum: SPECIALTIES }).array().notNull(),
    departmentId: text('department_id').references(() => department.id),
    introduction: text('introduction'),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [
    check('practitioner_specialties_known', sql`${table.specialties} <@ ARRAY[${list(SPECIALTIES)}]::text[]`),
    index('practitioner_specialties').using('gin', table.specialties),
  ],
);

export const patient = pgTable(
  'patient',
  {
    id: text('id').primaryKey(),
    /** The institution that owns the record; others see an episode. */
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    name: text('name').notNull(),
    /** Whole and initials, lower case, without spaces: 张桂华 is found by `zhangguihua` and `zgh`. */
    pinyin: text('pinyin').notNull(),
    pinyinInitials: text('pinyin_initials').notNull(),
    sex: text('sex', { enum: SEXES }).notNull(),
    birthDate: date('birth_date', { mode: 'string' }),
    idKind: text('id_kind', { enum: ID_KINDS }).notNull(),
    /** All that pages ever show of the document. */
    idMasked: text('id_masked'),
    /** Keyed digest of the document's number, to find the same person again; the number itself is not kept. */
    idDigest: text('id_digest'),
    phone: text('phone'),
    guardian: jsonb('guardian').$type<{ name: string; relation: string; phone: string | null }>(),
    /** This record is another's by now; undone by the merge that says so. */
    mergedInto: text('merged_into'),
    createdBy: text('created_by')
      .notNull()
      .references(() => account.id),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [
    check('patient_sex_known', sql`${table.sex} IN (${list(SEXES)})`),
    check('patient_id_kind_known', sql`${table.idKind} IN (${list(ID_KINDS)})`),
    index('patient_name').on(table.institutionId, table.name.op('text_pattern_ops')),
    index('patient_pinyin').on(table.institutionId, table.pinyin.op('text_pattern_ops')),
    index('patient_initials').on(table.institutionId, table.pinyinInitials.op('text_pattern_ops')),
    index('patient_id_digest').on(table.institutionId, table.idDigest),
    // By its last digits, which people remember; turned round they are a prefix.
    index('patient_phone').on(table.institutionId, sql`reverse(${table.phone}) text_pattern_ops`),
    index('patient_recent').on(table.institutionId, table.updatedAt),
  ],
);

/** Two records that are one person's; kept so that it can be undone. */
export const patientMerge = pgTable(
  'patient_merge',
  {
    id: text('id').primaryKey(),
    keptId: text('kept_id')
      .notNull()
      .references(() => patient.id),
    mergedId: text('merged_id')
      .notNull()
      .references(() => patient.id),
    /** Cases that moved to the kept record. */
    movedCaseIds: text('moved_case_ids').array().notNull(),
    mergedBy: text('merged_by')
      .notNull()
      .references(() => account.id),
    mergedAt: moment('merged_at').notNull().defaultNow(),
    undoneBy: text('undone_by').references(() => account.id),
    undoneAt: moment('undone_at'),
  },
  (table) => [
    uniqueIndex('patient_merge_standing')
      .on(table.mergedId)
      .where(sql`${table.undoneAt} IS NULL`),
    index('patient_merge_kept').on(table.keptId),
  ],
);

/** A case: what its events add up to. The events are the truth. */
export const clinicalCase = pgTable(
  'clinical_case',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: CASE_KINDS }).notNull(),
    /** One of the states that the kind's workflow declares. */
    state: text('state').notNull(),
    urgency: text('urgency', { enum: URGENCIES }).notNull(),
    patientId: text('patient_id')
      .notNull()
      .references(() => patient.id),
    /** Owns the case. */
    institutionId: text('institution_id')
      .notNull()
      .references(() => institution.id),
    /** The other side of a consult, an exam, a reading; sees this one episode. */
    guestInstitutionId: text('guest_institution_id').references(() => institution.id),
    requestedBy: text('requested_by').references(() => account.id),
    laterality: text('laterality', { enum: LATERALITIES }),
    /** By the workflow's `apply`. */
    data: jsonb('data').$type<object>().notNull(),
    roomId: text('room_id').references(() => room.id),
    boxId: text('box_id').references(() => box.id),
    /** By when somebody has to act. */
    dueAt: moment('due_at'),
    /** When it is to take place. */
    scheduledAt: moment('scheduled_at'),
    /** Number of its last event. */
    version: integer('version').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    closedAt: moment('closed_at'),
  },
  (table) => [
    check('case_kind_known', sql`${table.kind} IN (${list(CASE_KINDS)})`),
    check('case_urgency_known', sql`${table.urgency} IN (${list(URGENCIES)})`),
    check('case_laterality_known', sql`${table.laterality} IN (${list(LATERALITIES)})`),
    // Boards and work lists ask for what is open, of a kind, in a state; with the id, those that are somebody's are told in the index alone.
    index('case_open')
      .on(table.kind, table.state, table.updatedAt, table.id)
      .where(sql`${table.closedAt} IS NULL`),
    // What is over, page by page, for who looks after all institutions.
    index('case_closed')
      .on(table.kind, table.updatedAt, table.id)
      .where(sql`${table.closedAt} IS NOT NULL`),
    index('case_requested_open')
      .on(table.requestedBy)
      .where(sql`${table.closedAt} IS NULL`),
    index('case_requested_closed')
      .on(table.requestedBy, table.kind, table.updatedAt, table.id)
      .where(sql`${table.closedAt} IS NOT NULL`),
    index('case_institution').on(table.institutionId, table.kind, table.updatedAt),
    index('case_guest').on(table.guestInstitutionId, table.kind, table.updatedAt),
    index('case_patient').on(table.patientId, table.createdAt),
    index('case_due')
      .on(table.dueAt)
      .where(sql`${table.closedAt} IS NULL AND ${table.dueAt} IS NOT NULL`),
    index('case_scheduled')
      .on(table.scheduledAt)
      .where(sql`${table.scheduledAt} IS NOT NULL`),
    uniqueIndex('case_room').on(table.roomId),
  ],
);

export const caseParticipant = pgTable(
  'case_participant',
  {
    caseId: text('case_id')
      .notNull()
      .references(() => clinicalCase.id),
    accountId: text('account_id')
      .notNull()
      .references(() => account.id),
    function: text('function', { enum: CASE_FUNCTIONS }).notNull(),
    addedAt: moment('added_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.caseId, table.accountId, table.function] }),
    check('case_participant_function_known', sql`${table.function} IN (${list(CASE_FUNCTIONS)})`),
    // With the case, so that whoever takes part in thousands is looked up in the index alone.
    index('case_participant_account').on(table.accountId, table.caseId),
  ],
);

/** What happened in a case, in order; never changed, never removed. */
export const caseEvent = pgTable(
  'case_event',
  {
    caseId: text('case_id')
      .notNull()
      .references(() => clinicalCase.id),
    seq: integer('seq').notNull(),
    /** `opened`, the name of the workflow's step, or what happened beside them (`attachment.added`). */
    type: text('type').notNull(),
    /** The state that it led to. */
    state: text('state').notNull(),
    data: jsonb('data').$type<unknown>().notNull(),
    /** `a_…` an account, `p_…` a patient, `b_…` a box; null: the hub's clock. */
    actorId: text('actor_id'),
    actorName: text('actor_name'),
    at: moment('at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.caseId, table.seq] }), index('case_event_at').on(table.at)],
);

import { sql, type SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { addManyPatients } from '../../src/lib/clinic/testing/many-patients.ts';
import * as schema from '../../src/lib/storage/schema.ts';
import { CASE_DATA } from './case-data.ts';
import { addStaff, DOCTOR, HOSPITALS, SONOGRAPHER, SPECIALIST, SPECIALISTS_HOSPITAL } from './staff.ts';

export const SIZES = { patients: 100_000, cases: 150_000, events: 1_000_000 } as const;
/** The last of them are under way, the others over. */
const OPEN_FROM = 145_501;
const PATIENTS_AT_ONCE = 25_000;

/** Ids as the hub makes them, in no order; of number `n` in SQL. */
const idOf = (kind: string, n: SQL) => sql`left(md5(${sql.raw(`'${kind}'`)} || ${n}), 16)`;
const PATIENT = sql`(1 + n::bigint * 7919 % ${sql.raw(String(SIZES.patients))})::int`;
/** Three of five patients, and with them most of everything, are those of hospital 0. */
const hospitalOf = (patient: SQL) =>
  sql`CASE WHEN ${patient} / 7 % 5 < 3 THEN 0 ELSE 1 + ${patient} / 7 % ${sql.raw(String(HOSPITALS - 1))} END`;
const KIND = sql`CASE WHEN n % 20 < 10 THEN 'outpatient' WHEN n % 20 < 14 THEN 'reading' WHEN n % 20 < 17 THEN 'exam'
  WHEN n % 20 < 19 THEN 'consult' ELSE 'surgery' END`;
const IS_OPEN = sql`(n >= ${sql.raw(String(OPEN_FROM))})`;
/** Every number of a case, with its patient and hospital. */
const CASES = sql`(SELECT n, ${PATIENT} AS p, ${hospitalOf(PATIENT)} AS h, ${idOf('case', sql`n`)} AS case_id, ${KIND} AS kind
  FROM generate_series(1, ${sql.raw(String(SIZES.cases))}) n) numbered`;

const OPEN_STATES: Readonly<Record<string, readonly string[]>> = {
  consult: ['requested', 'claimed', 'matched', 'accepted', 'consented', 'ready', 'concluded', 'draft'],
  outpatient: ['triage', 'booking', 'booked', 'booked', 'waiting', 'concluding', 'pharmacy', 'follow_up'],
  exam: ['ordered', 'scheduled', 'prepared', 'ready', 'drafting', 'reported'],
  reading: ['waiting', 'waiting', 'reading', 'awaiting_second', 'returned', 'final'],
  surgery: ['booked', 'consented', 'rehearsed', 'debriefing'],
};
const byKind = (of: (kind: string) => SQL): SQL =>
  sql`CASE kind ${sql.join(
    Object.keys(OPEN_STATES).map((kind) => sql`WHEN ${sql.raw(`'${kind}'`)} THEN ${of(kind)}`),
    sql` `,
  )} END`;
const STATE = sql`CASE WHEN ${IS_OPEN} THEN ${byKind((kind) => {
  const states = OPEN_STATES[kind] ?? [];
  return sql`(${sql.param([...states])}::text[])[1 + n / 20 % ${sql.raw(String(states.length))}]`;
})} WHEN kind = 'consult' THEN 'archived' ELSE 'closed' END`;
const DATA = byKind(
  (kind) => sql`${sql.param(JSON.stringify(CASE_DATA[kind as keyof typeof CASE_DATA]))}::jsonb
    || jsonb_build_object('doctorId', ${DOCTOR}, 'specialistId', ${SPECIALIST})`,
);
/** Evenly over three years; what is under way began within the last five weeks. */
const BEGAN = sql`now() - (${sql.raw(String(SIZES.cases))} - n) * interval '631 seconds'`;
/** 631 s × 4500 cases are five weeks: half of the open ones are still to come. */
const AT = sql`${BEGAN} + CASE WHEN ${IS_OPEN} THEN interval '17 days' ELSE interval '1 day' END`;

const STATEMENTS: readonly [what: string, statement: SQL][] = [
  [
    'cases',
    sql`INSERT INTO clinical_case (id, kind, state, urgency, patient_id, institution_id, guest_institution_id, requested_by,
      data, room_id, due_at, scheduled_at, version, created_at, updated_at, closed_at)
    SELECT case_id, kind, ${STATE}, (ARRAY['routine', 'routine', 'urgent', 'emergency'])[1 + n / 20 % 4],
      ${idOf('patient', sql`p`)}, 'hospital_' || h, CASE WHEN kind = 'consult' THEN 'hospital_' || ${SPECIALISTS_HOSPITAL} END,
      ${DOCTOR}, ${DATA}, CASE WHEN NOT ${IS_OPEN} AND kind <> 'reading' THEN 'r_' || case_id END,
      CASE WHEN ${IS_OPEN} THEN now() + (60 + n % 3000) * interval '1 minute' END,
      CASE WHEN kind <> 'reading' THEN ${AT} END,
      -- Of 150,000 cases two thirds have seven events and the others six: one million.
      CASE WHEN n % 3 < 2 THEN 7 ELSE 6 END, ${BEGAN}, least(now(), ${BEGAN} + interval '2 days'),
      CASE WHEN NOT ${IS_OPEN} THEN ${BEGAN} + interval '2 days' END
    FROM ${CASES}`,
  ],
  [
    'case events',
    sql`INSERT INTO case_event (case_id, seq, type, state, data, actor_id, actor_name, at)
    SELECT id, seq, CASE seq WHEN 1 THEN 'opened' ELSE 'step' END, state,
      '{"reason": "右上腹痛三天", "statement": "去年在县医院内科看过，血压药吃完了"}', 'a_' || requested_by, '王丽',
      least(now(), created_at + seq * interval '3 hours')
    FROM clinical_case, generate_series(1, version) seq`,
  ],
  [
    'participants',
    sql`INSERT INTO case_participant (case_id, account_id, function)
    SELECT case_id, ${DOCTOR}, CASE kind WHEN 'outpatient' THEN 'clinic_doctor' ELSE 'local_doctor' END FROM ${CASES}
    UNION ALL SELECT case_id, ${SPECIALIST}, CASE kind WHEN 'consult' THEN 'specialist' WHEN 'reading' THEN 'reader' ELSE 'expert' END
      FROM ${CASES} WHERE kind IN ('consult', 'reading', 'exam')
    UNION ALL SELECT case_id, ${SONOGRAPHER}, 'sonographer' FROM ${CASES} WHERE kind = 'exam'`,
  ],
  [
    'rooms',
    sql`WITH ended AS (INSERT INTO room (id, kind, title, status, institution_id, created_by, created_at, ended_at)
      SELECT room_id, kind, '会诊', 'ended', institution_id, requested_by, scheduled_at, closed_at
      FROM clinical_case WHERE room_id IS NOT NULL RETURNING id)
    INSERT INTO room_participant (room_id, account_id, role)
    SELECT DISTINCT ON (ended.id, account_id) ended.id, account_id, 'specialist'
    FROM ended JOIN case_participant ON case_id = substr(ended.id, 3)`,
  ],
  [
    'slots of visits',
    sql`INSERT INTO slot (id, account_id, institution_id, service, starts_at, ends_at)
    SELECT id, doctor, place, 'outpatient', begins, begins + interval '10 minutes' FROM (
      SELECT 's' || case_id AS id, doctor, place, now() - interval '1095 days'
        + (row_number() OVER (PARTITION BY doctor ORDER BY n) - 1) * interval '1095 days' / count(*) OVER (PARTITION BY doctor) AS begins
      FROM (SELECT n, case_id, ${DOCTOR} AS doctor, 'hospital_' || h AS place FROM ${CASES} WHERE kind = 'outpatient') visit) timed`,
  ],
  [
    'slots to come',
    sql`INSERT INTO slot (id, account_id, institution_id, service, starts_at, ends_at)
    SELECT 'free_' || account.id || '_' || day || '_' || hour, account.id, institution_id,
      CASE WHEN roles @> ARRAY['specialist'] THEN 'consult' ELSE 'outpatient' END, begins, begins + interval '20 minutes'
    FROM account, generate_series(1, 14) day, generate_series(0, 11) hour,
      LATERAL (SELECT date_trunc('day', now()) + day * interval '1 day' + hour * interval '20 minutes' AS begins) offered
    WHERE roles && ARRAY['rural_doctor', 'specialist']`,
  ],
  [
    'appointments',
    sql`INSERT INTO appointment (id, slot_id, case_id, patient_id, state)
    SELECT 'a' || c.id, 's' || c.id, c.id, patient_id, CASE state WHEN 'booked' THEN 'booked' ELSE 'kept' END
    FROM clinical_case c WHERE kind = 'outpatient'`,
  ],
  [
    'queues',
    sql`INSERT INTO queue_entry (case_id, institution_id, doctor_id, state, rank, arrived_at, called_at, started_at, ended_at)
    SELECT c.id, institution_id, data ->> 'doctorId', CASE WHEN closed_at IS NULL THEN 'waiting' ELSE 'done' END,
      extract(epoch FROM scheduled_at) * 1000, scheduled_at, CASE WHEN closed_at IS NOT NULL THEN scheduled_at END,
      CASE WHEN closed_at IS NOT NULL THEN scheduled_at END,
      CASE WHEN closed_at IS NOT NULL THEN scheduled_at + interval '9 minutes' END
    FROM clinical_case c WHERE kind = 'outpatient' AND (closed_at IS NOT NULL OR state = 'waiting')`,
  ],
  [
    'documents',
    sql`INSERT INTO case_document (id, case_id, kind, state, sections, body, version, final_by, final_at)
    SELECT 'd' || id, id, CASE kind WHEN 'consult' THEN 'opinion' WHEN 'outpatient' THEN 'note' ELSE 'report' END, 'final',
      jsonb_build_object('findings', jsonb_build_object('text', repeat('左肾下极见强回声，', 20), 'version', 1, 'by', '', 'atMs', 0)), '{}', 3,
      requested_by, closed_at FROM clinical_case WHERE closed_at IS NOT NULL AND kind <> 'surgery'`,
  ],
  [
    'attachments',
    sql`INSERT INTO case_attachment (id, case_id, name, media_type, size_bytes, sha256, added_by)
    SELECT 'f' || id, id, '报告.pdf', 'application/pdf', 40000, md5(id), 'a_' || requested_by FROM clinical_case WHERE version = 7`,
  ],
  [
    'suggestions of models',
    sql`WITH model AS (INSERT INTO ai_model (id, institution_id, name, token_hash, created_by)
      VALUES ('model', 'hospital_0', '结石', 'none', 'staff_0_0') RETURNING id)
    INSERT INTO ai_suggestion (id, case_id, model_id, model_version, finding, confidence, received_at)
    SELECT 'm' || c.id, c.id, model.id, '1', '结石', 0.8, c.created_at FROM clinical_case c, model WHERE kind = 'reading'`,
  ],
  [
    'follow-ups',
    sql`INSERT INTO follow_up (id, case_id, text, due_at, done_at)
    SELECT 'u' || case_id, case_id, '复查血压', ${BEGAN} + interval '30 days', CASE WHEN n % 40 <> 0 THEN ${BEGAN} + interval '31 days' END
    FROM ${CASES} WHERE kind = 'outpatient' AND n % 4 = 0 AND NOT ${IS_OPEN}`,
  ],
  [
    'notifications',
    sql`INSERT INTO notification (id, account_id, case_id, kind, data, created_at, read_at)
    SELECT left(md5(id || '/' || number), 16), id, NULL, 'appointment.soon', '{}', now() - number * interval '2 hours',
      CASE WHEN number > 20 THEN now() END
    FROM account, generate_series(1, 300) number`,
  ],
  [
    'merged records',
    sql`WITH merged AS (UPDATE patient SET merged_into = kept.id FROM (
        SELECT ${idOf('patient', sql`n`)} AS id, ${idOf('patient', sql`n + 1`)} AS merged_id FROM generate_series(50, 99950, 100) n
        WHERE ${hospitalOf(sql`n`)} = ${hospitalOf(sql`(n + 1)`)}) kept
      WHERE patient.id = kept.merged_id RETURNING patient.id, kept.id AS kept_id, patient.created_by)
    INSERT INTO patient_merge (id, kept_id, merged_id, moved_case_ids, merged_by)
    SELECT 'j' || id, kept_id, id, '{}', created_by FROM merged`,
  ],
];

/**
 * Three years of twenty hospitals, each time the same, in an empty database with the hub's tables. By the server's own superuser, who may leave
 * aside what the statements hold by themselves: that keys point at something.
 */
export async function fillClinic(hubUrl: string): Promise<void> {
  const superuser = Object.assign(new URL(hubUrl), { username: 'postgres' });
  const client = new pg.Client({ connectionString: superuser.href });
  await client.connect();
  try {
    const db = drizzle({ client, schema });
    await client.query('SET session_replication_role = replica');
    await client.query('SET synchronous_commit = off');
    await addStaff(db);
    const patients = {
      id: idOf('patient', sql`n`),
      institutionId: sql`'hospital_' || ${hospitalOf(sql`n`)}`,
      createdBy: sql`'staff_0_0'`,
    };
    for (let first = 1; first < SIZES.patients; first += PATIENTS_AT_ONCE)
      await addManyPatients(db, [first, first + PATIENTS_AT_ONCE - 1], patients);
    for (const [what, statement] of STATEMENTS) {
      const startMs = performance.now();
      await db.execute(statement);
      console.log(`  ${what}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
    }
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

/** That the tables hold what the bench says they hold. */
export async function countRows(pool: pg.Pool): Promise<{ patients: number; cases: number; events: number }> {
  const { rows } = await pool.query<{ patients: string; cases: string; events: string }>(
    'SELECT (SELECT count(*) FROM patient) patients, (SELECT count(*) FROM clinical_case) cases, (SELECT count(*) FROM case_event) events',
  );
  const [row] = rows;
  return { patients: Number(row?.patients), cases: Number(row?.cases), events: Number(row?.events) };
}

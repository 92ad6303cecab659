import { sql, type SQLWrapper } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { practitioner } from '../../storage/index.ts';
import { startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';

/** Of which 1 % are open, as in a house that has worked for years. */
const CASES = 50_000;
let world: ClinicWorld;

beforeAll(async () => {
  world = await startClinicWorld();
  const { db, patientId } = world;
  const urgency = sql`(ARRAY['routine', 'routine', 'urgent', 'emergency'])[1 + n % 4]`;
  const study = sql`jsonb_build_object('modality', (ARRAY['ultrasound', 'pathology'])[1 + n % 2])`;
  await db.execute(sql`
    INSERT INTO clinical_case (id, kind, state, urgency, patient_id, institution_id, data, version, created_at, updated_at, closed_at)
    SELECT 'made-' || n, kind, CASE WHEN n % 100 < 2 THEN first ELSE 'closed' END, ${urgency}, ${patientId},
      (ARRAY['county', 'city', 'elsewhere'])[1 + (n / 100) % 3],
      jsonb_build_object('study', ${study}, 'holderId', null, 'sentAtMs', 0),
      1, to_timestamp(1.7e9 + n), to_timestamp(1.7e9 + n), CASE WHEN n % 100 < 2 THEN NULL ELSE now() END
    FROM generate_series(1, ${CASES}) AS n
    CROSS JOIN LATERAL (SELECT (ARRAY['exam', 'reading'])[1 + (n / 100) % 2] AS kind, (ARRAY['ordered', 'waiting'])[1 + (n / 100) % 2] AS first) AS k
  `);
  await db.execute(sql`ANALYZE clinical_case`);
  const { accountId } = world.person('specialist');
  await db
    .insert(practitioner)
    .values({ accountId, realName: 'x', licenceNumber: '1', title: '主任医师', specialties: ['ultrasound'] });
});
afterAll(() => world.stop());

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: Plan[];
}

async function planOf(query: SQLWrapper): Promise<Plan[]> {
  const { rows } = await world.db.execute(sql`EXPLAIN (FORMAT JSON) ${query}`);
  const [{ Plan: root } = { Plan: null }] = (rows[0] as { 'QUERY PLAN': { Plan: Plan }[] })['QUERY PLAN'];
  const nodes: Plan[] = [];
  const collect = (plan: Plan): void => {
    nodes.push(plan);
    plan.Plans?.forEach(collect);
  };
  if (root) collect(root);
  return nodes;
}

it.each([
  ['an exam room’s', () => world.clinic.exams.query('county')],
  ['the diagnosis centre’s', () => world.clinic.diagnosisCentre.worklist.query(['ultrasound'])],
])('%s list is found by an index among many cases', async (_, query) => {
  const nodes = await planOf(query().getSQL());
  expect(
    nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
  ).not.toContain('clinical_case');
  expect(nodes.map((node) => node['Index Name'])).toContain('case_open');
});

it('lists the most urgent first, up to 200, of what is open', async () => {
  const exams = await world.clinic.exams.list(world.person('sonographer'));
  expect(exams.length).toBeGreaterThan(50);
  const studies = await world.clinic.diagnosisCentre.worklist.list(world.person('specialist'));
  expect(studies).toHaveLength(200);
  const ranks = studies.map(({ urgency }) => ['emergency', 'urgent', 'routine'].indexOf(urgency));
  expect(ranks).toEqual([...ranks].sort());
});

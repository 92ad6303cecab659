import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../storage/index.ts';
import { readingOf } from '../people/readings.ts';

/** Family names by how common they are, roughly; others are rare. */
const FAMILY_NAMES = [
  ...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余单解仇',
];
const GIVEN_NAMES = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂华玉兰英文建国'];

/** Patients number `first` to `last`, each with a name by chance, but each time the same. The expressions of SQL are of the number `n`. */
export async function addManyPatients(
  db: Pick<Database, 'execute'>,
  [first, last]: readonly [number, number],
  of: { id: SQL; institutionId: SQL; createdBy: SQL },
): Promise<void> {
  const pick = (characters: string[], index: SQL) => [
    sql`(${sql.param(characters)}::text[])[1 + (${index})]`,
    sql`(${sql.param(characters.map((each) => readingOf(each).pinyin))}::text[])[1 + (${index})]`,
  ];
  const [family, familySound] = pick(
    FAMILY_NAMES,
    sql`floor(power((n * 31 % 1009) / 1009.0, 2) * ${FAMILY_NAMES.length}::int)::int`,
  );
  const [middle, middleSound] = pick(GIVEN_NAMES, sql`n * 7 % ${GIVEN_NAMES.length}::int`);
  const [end, endSound] = pick(GIVEN_NAMES, sql`n / 29 % ${GIVEN_NAMES.length}::int`);
  await db.execute(sql`
    INSERT INTO patient
      (id, institution_id, name, pinyin, pinyin_initials, sex, birth_date, id_kind, id_digest, phone, created_by, updated_at)
    SELECT ${of.id}, ${of.institutionId},
      f || m || e, fs || ms || es, left(fs, 1) || left(ms, 1) || left(es, 1),
      'unknown', date '1930-01-01' + (n * 7919 % 33000), 'passport', 'digest' || n,
      '13' || lpad((n * 7919 % 1000000000)::text, 9, '0'),
      ${of.createdBy}, timestamp '2026-01-01' + n * interval '1 second'
    FROM generate_series(${first}::int, ${last}::int) n,
      LATERAL (SELECT ${family} f, ${middle} m, ${end} e, ${familySound} fs, ${middleSound} ms, ${endSound} es) name`);
}

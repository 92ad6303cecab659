import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountPrincipalId, seedDemo, type AccountPrincipal } from '../../identity/index.ts';
import { account, department, patient, practitioner } from '../../storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../../storage/testing/test-database.ts';
import { WORKFLOWS } from '../model/index.ts';
import { People } from '../people/index.ts';
import { seedDemoPeople } from './people.ts';

const NOW = Date.parse('2026-11-28T08:00:00Z');
let database: TestDatabase;
let people: People;
beforeAll(async () => {
  database = await startTestDatabase();
  const patientIdKey = 'key of a test, 32 characters long';
  people = new People({ db: database.db, workflows: WORKFLOWS, patientIdKey, now: () => NOW });
  await seedDemo({ db: database.db, password: 'demo-password' });
});
afterAll(() => database.stop());

const seed = () => seedDemoPeople({ db: database.db, people, now: () => NOW });
const everything = async () =>
  JSON.stringify(
    await Promise.all([department, practitioner, patient].map((table) => database.db.select().from(table))),
  );

async function principal(username: string): Promise<AccountPrincipal> {
  const [found] = await database.db.select().from(account).where(eq(account.username, username));
  const { id, displayName, roles, institutionId } = found!;
  const principalId = accountPrincipalId(id);
  return { kind: 'account', principalId, accountId: id, name: displayName, roles, institutionId };
}

it('seeds the same people however often and however many at once', async () => {
  await Promise.all([seed(), seed(), seed()]);
  const before = await everything();
  await seed();
  expect(await everything()).toBe(before);
  expect(await database.db.select().from(patient)).toHaveLength(6);
});

it('has somebody for every part of the four remotes', async () => {
  await seed();
  const wang = await principal('wang');
  const found = async (filter: Parameters<People['practitioners']['find']>[1]) =>
    (await people.practitioners.find(wang, filter)).map(({ realName }) => realName).sort();
  expect(await found({ specialty: 'ultrasound', role: 'specialist' })).toEqual(['李卫国', '林海'].sort());
  expect(await found({ role: 'pharmacist' })).toEqual(['冯岚']);
  expect(await found({ role: 'anaesthetist' })).toEqual(['何静']);
  expect(await found({ role: 'dispatcher' })).toEqual(['周航', '马蕾'].sort());
  expect(await found({ text: 'lwg' })).toEqual(['李卫国']);
});

it('has the patient of the demo room, a child with a guardian, and two who are likely one', async () => {
  await seed();
  const wang = await principal('wang');
  const [zhang] = await people.search.find(wang, '张桂华');
  expect(zhang).toMatchObject({ sex: 'female', birthDate: '1963-02-21', idMasked: '5329**********0428' });
  expect(await people.search.find(wang, 'shanxiaoming')).toMatchObject([{ name: '单小明' }]);
  expect(await people.search.find(wang, '岩')).toMatchObject([{ guardian: { name: '玉香' } }]);
  const { pairs } = await people.lookAlikes.list(wang);
  expect(pairs.map(({ patients }) => patients.map(({ name }) => name).sort())).toEqual([
    ['张桂华', '张桂花'].sort(),
  ]);
});

it('leaves what people have made of it', async () => {
  await seed();
  const li = await principal('li');
  await people.practitioners.introduceSelf(li, '我自己写的');
  const wang = await principal('wang');
  await people.patients.register(wang, { name: '新来的' });
  await seed();
  expect((await people.practitioners.get(wang, li.accountId)).introduction).toBe('我自己写的');
  expect(await database.db.select().from(patient)).toHaveLength(7);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { outcome, startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';
import { preConsult, triage } from '../model/questionnaire/index.ts';
import { publishedQuestionnaire } from './index.ts';

let world: ClinicWorld;
beforeAll(async () => {
  world = await startClinicWorld();
});
afterAll(() => world.stop());

const admin = () => world.person('administrator');
const asked = async (key: 'triage' | 'pre-consult', at = 'county') =>
  (await publishedQuestionnaire(world.db, at, key)).questionnaire.title.zh;

it('is drafted from what stands, mended, published for this clinic alone, and never changed again', async () => {
  const { questionnaires } = world.clinic;
  expect(await asked('pre-consult')).toBe('诊前问卷');
  const draft = await questionnaires.draft(admin(), 'pre-consult');
  expect(draft).toMatchObject({ version: 1, state: 'draft', definition: preConsult });
  expect(await outcome(questionnaires.draft(world.person('rural_doctor'), 'pre-consult'))).toBe('conflict');

  const broken = structuredClone(preConsult);
  broken.questions[0]!.showIf = { question: 'nothing', is: true };
  const kept = await questionnaires.save(admin(), draft.questionnaireId, broken, draft.revision);
  expect(kept.problems).toEqual([{ where: 'story', problem: 'unknown_question' }]);
  expect(await outcome(questionnaires.publish(admin(), draft.questionnaireId, kept.revision))).toBe(
    'invalid_message',
  );
  expect(await asked('pre-consult')).toBe('诊前问卷');

  const own = { ...preConsult, title: { zh: '云岭诊前问卷', en: 'Before the visit' } };
  const mended = await questionnaires.save(admin(), draft.questionnaireId, own, kept.revision);
  expect(mended.problems).toEqual([]);
  await questionnaires.publish(admin(), draft.questionnaireId, mended.revision);
  expect(await asked('pre-consult')).toBe('云岭诊前问卷');
  expect(await asked('pre-consult', 'city')).toBe('诊前问卷');
  const late = questionnaires.save(admin(), draft.questionnaireId, preConsult, mended.revision);
  expect(await outcome(late)).toBe('conflict');
  expect(await outcome(questionnaires.publish(admin(), draft.questionnaireId, mended.revision))).toBe(
    'conflict',
  );

  const next = await questionnaires.draft(admin(), 'pre-consult');
  expect(next).toMatchObject({ version: 2, definition: own });
  await questionnaires.publish(admin(), next.questionnaireId, next.revision);
  expect((await questionnaires.list(admin())).map(({ version, state }) => [version, state])).toEqual([
    [2, 'published'],
    [1, 'retired'],
  ]);
  await questionnaires.retire(admin(), next.questionnaireId);
  expect(await asked('pre-consult')).toBe('诊前问卷');

  const from = draft.questionnaireId;
  expect(await outcome(questionnaires.draft(admin(), 'triage', { from }))).toBe('not_found');
  const again = await questionnaires.draft(admin(), 'pre-consult', { from });
  expect(again).toMatchObject({ version: 3, state: 'draft', definition: own });
});

it('is nobody else’s: not another institution’s, not who neither treats nor administers', async () => {
  const { questionnaires } = world.clinic;
  const { questionnaireId, revision } = await questionnaires.draft(admin(), 'triage');
  for (const role of ['nurse', 'pharmacist', 'observer', 'dispatcher'] as const) {
    expect(await outcome(questionnaires.list(world.person(role)))).toBe('forbidden');
    expect(await outcome(questionnaires.draft(world.person(role), 'triage'))).toBe('forbidden');
  }
  const other = world.person('administrator', 'elsewhere');
  expect(await questionnaires.list(other)).toEqual([]);
  expect(await outcome(questionnaires.save(other, questionnaireId, triage, revision))).toBe('not_found');
  expect(await outcome(questionnaires.publish(other, questionnaireId, revision))).toBe('not_found');
  expect(await outcome(questionnaires.retire(other, questionnaireId))).toBe('not_found');
});

it('refuses what is none, and begins once when two begin at the same moment', async () => {
  const { questionnaires } = world.clinic;
  const city = world.person('administrator', 'city');
  expect(await outcome(questionnaires.draft(city, 'toString'))).toBe('invalid_message');
  const both = await Promise.all([
    outcome(questionnaires.draft(city, 'triage')),
    outcome(questionnaires.draft(city, 'triage')),
  ]);
  expect(both.sort()).toEqual(['conflict', 'ok']);
  const [draft] = await questionnaires.list(city);
  const save = (definition: unknown) =>
    questionnaires.save(city, draft!.questionnaireId, definition, draft!.revision);
  for (const definition of [null, [], {}, { ...triage, questions: [] }, { ...triage, extra: 1 }])
    expect(await outcome(save(definition))).toBe('invalid_message');
  const html = structuredClone(triage);
  html.title.zh = '<script>alert(1)</script>\u0000';
  expect(await outcome(save(html))).toBe('invalid_message');
});

it('keeps what the first of two people saved who changed the same draft', async () => {
  const { questionnaires } = world.clinic;
  const first = world.person('administrator', 'elsewhere');
  const second = world.person('rural_doctor', 'elsewhere');
  const { questionnaireId, revision } = await questionnaires.draft(first, 'triage');
  const called = (zh: string) => ({ ...triage, title: { ...triage.title, zh } });
  const now = async () => (await questionnaires.list(first))[0]!;

  const saved = await questionnaires.save(first, questionnaireId, called('甲'), revision);
  expect(await outcome(questionnaires.save(second, questionnaireId, called('乙'), revision))).toBe(
    'conflict',
  );
  // Nor is it published by whoever has not seen it.
  expect(await outcome(questionnaires.publish(second, questionnaireId, revision))).toBe('conflict');
  expect(await now()).toMatchObject({ state: 'draft', definition: called('甲'), revision: saved.revision });

  const both = await Promise.all(
    ['丙', '丁'].map((zh) =>
      outcome(questionnaires.save(second, questionnaireId, called(zh), saved.revision)),
    ),
  );
  expect(both.sort()).toEqual(['conflict', 'ok']);
  const { definition, revision: latest } = await now();
  await questionnaires.save(first, questionnaireId, { ...definition, advice: [] }, latest);
  expect((await now()).definition).toEqual({ ...definition, advice: [] });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';

let world: ClinicWorld;
beforeAll(async () => {
  world = await startClinicWorld();
});
afterAll(() => world.stop());

it('what was answered is shown by what was asked, whatever the clinic asks since', async () => {
  const { cases, outpatient, questionnaires } = world.clinic;
  const wang = world.person('rural_doctor');
  const open = async () => {
    const patientId = await world.addPatient();
    const input = { reason: '高血压复诊' };
    return cases.open(wang, { kind: 'outpatient', patientId, urgency: 'routine', input });
  };
  const asked = (caseId: string) => outpatient.questions(wang, caseId, 'triage');
  const idsOf = async (caseId: string) => (await asked(caseId)).questionnaire.questions.map(({ id }) => id);

  const before = await open();
  const answers = { danger: ['none'], complaint: 'review', pain: 0, since: 'longer' };
  await cases.take(wang, before, 'answerTriage', { answers });
  const builtIn = await asked(before);

  const { questionnaireId, definition, revision } = await questionnaires.draft(wang, 'triage');
  const questions = definition.questions.filter(({ id }) => id === 'since');
  const fewer = { ...definition, questions, redFlags: [], advice: [] };
  const saved = await questionnaires.save(wang, questionnaireId, fewer, revision);
  await questionnaires.publish(wang, questionnaireId, saved.revision);
  expect(await asked(before)).toEqual(builtIn);
  const after = await open();
  expect(await idsOf(after)).toEqual(['since']);

  await cases.take(wang, after, 'answerTriage', { answers: { since: 'days' } });
  await questionnaires.retire(wang, questionnaireId);
  expect(await idsOf(after)).toEqual(['since']);
  expect(await idsOf(await open())).toContain('danger');
});

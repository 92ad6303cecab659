import { afterAll, beforeAll, expect, it } from 'vitest';
import { outcome, startClinicWorld, type ClinicWorld } from './clinic-world.ts';

let world: ClinicWorld;
beforeAll(async () => {
  world = await startClinicWorld();
});
afterAll(() => world.stop());

it('has a patient of the county, whom nobody elsewhere can open a case for', async () => {
  const { clinic, person, patientId } = world;
  const newCase = { kind: 'consult', patientId, urgency: 'routine', input: { reason: '右上腹痛' } } as const;
  expect(await outcome(clinic.cases.open(person('rural_doctor', 'elsewhere'), newCase))).toBe('not_found');
  expect(await outcome(clinic.cases.open(person('rural_doctor'), newCase))).toBe('ok');
});

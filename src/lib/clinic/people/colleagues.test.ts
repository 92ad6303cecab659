import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClinicWorld, type ClinicWorld } from '../testing/clinic-world.ts';

let world: ClinicWorld;
beforeAll(async () => {
  world = await startClinicWorld();
});
afterAll(() => world.stop());

/** One more than a search answers. */
const MANY = 101;

it('colleagues are all who are described at the own institution, and nobody else', async () => {
  for (let index = 0; index < MANY; index += 1)
    await world.addPractitioner(await world.addPerson(`doctor${index}`, ['specialist']), ['radiology']);
  await world.addPractitioner(world.person('specialist', 'city'), ['radiology']);
  const colleagues = await world.clinic.people.practitioners.colleagues(world.person('administrator'));
  expect(colleagues).toHaveLength(MANY);
  expect(new Set(colleagues.map(({ institutionId }) => institutionId))).toEqual(new Set(['county']));
});

import { error } from '@sveltejs/kit';
import type { PrescriptionLine } from '$lib/clinic/model/outpatient/prescription.ts';
import { signedIn } from '../signed-in.ts';
import type { PageServerLoad } from './$types';

interface Prescribed {
  prescription: { lines: PrescriptionLine[] } | null;
  signed: { by: string | null; atMs: number } | null;
}

export const load: PageServerLoad = async ({ locals, depends }) => {
  depends('pharmacy');
  const person = signedIn(locals);
  if (!person.roles.includes('pharmacist')) error(403, 'forbidden');
  const { clinic, identity } = locals.hub;
  const [cases, accounts] = await Promise.all([
    clinic.cases.list(person, { kind: 'outpatient', states: ['pharmacy'], limit: 100 }),
    identity.accounts.list(),
  ]);
  const patients = await clinic.people.casePatients.ofCases(
    person,
    cases.map(({ caseId }) => caseId),
  );
  const names = new Map(accounts.map(({ accountId, name }) => [accountId, name]));
  return {
    nowMs: Date.now(),
    rows: cases
      .map(({ caseId, data }) => {
        const { prescription, signed } = data as unknown as Prescribed;
        const patient = patients.get(caseId);
        return {
          caseId,
          lines: prescription?.lines ?? [],
          signedAtMs: signed?.atMs ?? 0,
          doctor: names.get(signed?.by ?? '') ?? '',
          name: patient?.name ?? '',
          ageYears: patient?.ageYears ?? null,
        };
      })
      .sort((a, b) => a.signedAtMs - b.signedAtMs),
  };
};

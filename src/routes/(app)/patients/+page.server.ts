import { patientRowOf } from '$lib/ui/people/patient-row.ts';
import { signedIn } from '../signed-in.ts';
import { orRefused } from './refused.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const nowMs = Date.now();
  const recent = await orRefused(locals.hub.clinic.people.patients.recent(signedIn(locals)));
  return { recent: recent.map((patient) => patientRowOf(patient, nowMs)) };
};

import { signedIn } from '../../signed-in.ts';
import { orRefused } from '../refused.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  // Whoever may not see patients may not register them.
  await orRefused(locals.hub.clinic.people.patients.recent(signedIn(locals), { limit: 1 }));
  return { nowMs: Date.now() };
};

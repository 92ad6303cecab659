import { error } from '@sveltejs/kit';
import { signedIn } from '../signed-in.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  if (!person.roles.includes('dispatcher')) error(403, 'forbidden');
  return { cards: await locals.hub.clinic.consults.board(person), nowMs: Date.now() };
};

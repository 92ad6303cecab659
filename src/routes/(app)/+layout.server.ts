import { redirect } from '@sveltejs/kit';
import type { LayoutServerLoad } from './$types';

/** Everything in here is for people who are signed in; a guest and a patient have one room and nothing else. */
export const load: LayoutServerLoad = async ({ locals, url, route }) => {
  const { principal, hub } = locals;
  // The hooks let nobody in without; this is for the types, and should they change.
  if (!principal) redirect(303, `/login?next=${encodeURIComponent(url.pathname)}`);
  if (principal.kind === 'guest') {
    if (!route.id.startsWith('/(app)/rooms/')) redirect(303, `/rooms/${principal.roomId}`);
    return { person: null };
  }
  if (principal.kind === 'patient') {
    if (!route.id.startsWith('/(app)/rooms/')) redirect(303, '/visit');
    return { person: null };
  }
  const institution = await hub.identity.accounts.institutionName(principal.institutionId).catch(() => null);
  return {
    person: {
      accountId: principal.accountId,
      name: principal.name,
      roles: principal.roles,
      institution: institution ?? '',
    },
  };
};

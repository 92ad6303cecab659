import { redirect } from '@sveltejs/kit';
import { SESSION_COOKIE } from '$lib/identity/cookie.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ cookies, locals }) => {
  const token = cookies.get(SESSION_COOKIE);
  // The browser forgets in any case, also while the database is away.
  cookies.delete(SESSION_COOKIE, { path: '/' });
  if (token) await locals.hub.identity.sessions.logout(token).catch(() => undefined);
  redirect(303, '/login');
};

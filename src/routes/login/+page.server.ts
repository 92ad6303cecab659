import { fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { safeNext, SESSION_COOKIE, sessionCookieOptions } from '$lib/identity/cookie.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
  if (locals.principal?.kind === 'account') redirect(303, safeNext(url.searchParams.get('next')));
  return { demoAccounts: locals.hub.demo?.accounts ?? [] };
};

const credentialsSchema = z.object({
  username: z.string().trim().min(1).max(64),
  password: z.string().min(1).max(256),
});

export const actions: Actions = {
  default: async ({ request, locals, cookies, url, getClientAddress }) => {
    const form = await request.formData();
    const parsed = credentialsSchema.safeParse(Object.fromEntries(form));
    const username = String(form.get('username') ?? '').slice(0, 64);
    if (!parsed.success) return fail(400, { code: 'missing' as const, username });
    try {
      const session = await locals.hub.identity.sessions.login(parsed.data, {
        address: getClientAddress(),
        userAgent: request.headers.get('user-agent'),
        sessionToken: cookies.get(SESSION_COOKIE) ?? null,
      });
      cookies.set(
        SESSION_COOKIE,
        session.token,
        sessionCookieOptions(session.expiresAtMs, url.protocol === 'https:'),
      );
    } catch (error) {
      return formFailure(error, { username });
    }
    redirect(303, safeNext(url.searchParams.get('next')));
  },
};

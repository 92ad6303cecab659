import { SESSION_COOKIE, sessionCookieOptions } from '../../../lib/identity/cookie.ts';
import { HubError } from '../../../lib/signaling/contract/errors.ts';
import { loginSchema, logoutSchema } from '../../../lib/signaling/contract/rest.ts';
import { answering, readJson } from '../json.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = ({ locals }) =>
  answering(async () => {
    if (!locals.principal) throw new HubError('unauthenticated');
    return { principal: locals.principal };
  });

export const POST: RequestHandler = (event) =>
  answering(async () => {
    const credentials = await readJson(event, loginSchema, 'own pages');
    const session = await event.locals.hub.identity.sessions.login(credentials, {
      address: event.getClientAddress(),
      userAgent: event.request.headers.get('user-agent'),
      sessionToken: event.cookies.get(SESSION_COOKIE) ?? null,
    });
    const secure = event.url.protocol === 'https:';
    event.cookies.set(SESSION_COOKIE, session.token, sessionCookieOptions(session.expiresAtMs, secure));
    return { principal: session.principal };
  });

export const DELETE: RequestHandler = (event) =>
  answering(async () => {
    const { everywhere } = await readJson(event, logoutSchema, 'own pages');
    const { hub, principal } = event.locals;
    const token = event.cookies.get(SESSION_COOKIE);
    event.cookies.delete(SESSION_COOKIE, { path: '/' });
    if (token) await hub.identity.sessions.logout(token);
    if (everywhere && principal?.kind === 'account') {
      await hub.identity.sessions.logoutEverywhere(principal.accountId);
    }
    return {};
  });

import { SESSION_COOKIE, sessionCookieOptions } from '../../../../lib/identity/cookie.ts';
import { invitationTokenSchema } from '../../../../lib/signaling/contract/rest.ts';
import { answering, readJson } from '../../../api/json.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = (event) =>
  answering(async () => {
    const { token } = await readJson(event, invitationTokenSchema, 'own pages');
    const session = await event.locals.hub.identity.caseLinks.redeem(token, {
      sessionToken: event.cookies.get(SESSION_COOKIE) ?? null,
      userAgent: event.request.headers.get('user-agent'),
    });
    const secure = event.url.protocol === 'https:';
    event.cookies.set(SESSION_COOKIE, session.token, sessionCookieOptions(session.expiresAtMs, secure));
    return { expiresAtMs: session.expiresAtMs };
  });

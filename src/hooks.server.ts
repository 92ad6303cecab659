import { error, redirect, type Handle, type HandleServerError } from '@sveltejs/kit';
import { sequence } from '@sveltejs/kit/hooks';
import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { errorForLog } from '$lib/error-for-log.ts';
import { hubHandle } from '$lib/hub-handle.ts';
import { SESSION_COOKIE, sessionCookieOptions } from '$lib/identity/cookie.ts';
import { paraglideMiddleware } from '$lib/paraglide/server.js';
import { HubError, isHubError } from '$lib/signaling/contract/errors.ts';

const log = pino(
  { base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: errorForLog } },
  pino.destination(2),
);

/** Pages for people who are signed in, and what they load. */
const PRIVATE = '/(app)';
/** What answers without knowing who asks, so that it also answers while the database is away; the calendars of other programs, not the page. */
const ANONYMOUS = /^\/(healthz|readyz|api\/box|whip|whep)(\/|$)|^\/calendar\/./;

/** Takes files, as a stream; every other body is read at once. */
const FILES = '/(app)/cases/[caseId]/attachments';
const MOST_BODY_BYTES = 512 * 1024;

const SECURITY_HEADERS = {
  // Not no-referrer: browsers then send `Origin: null` with forms, which look foreign.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy':
    'camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), geolocation=(), payment=(), usb=()',
};

const secured: Handle = async ({ event, resolve }) => {
  const response = await resolve(event);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  // Computers in a clinic are shared: what a person saw must not come back after logging out.
  const isPrivate = event.route.id?.startsWith(PRIVATE) || event.url.pathname.startsWith('/api/');
  if (isPrivate) response.headers.set('cache-control', 'private, no-store');
  return response;
};

const tooLarge = (): Response => Response.json({ code: 'message_too_large' }, { status: 413 });

/** Breaks off when it becomes longer. */
function cutOff(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let bytes = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > MOST_BODY_BYTES) controller.error(new HubError('message_too_large'));
        else controller.enqueue(chunk);
      },
    }),
  );
}

const bounded: Handle = ({ event, resolve }) => {
  const { headers, body } = event.request;
  if (body === null || event.route.id === FILES) return resolve(event);
  if (Number(headers.get('content-length') ?? 0) > MOST_BODY_BYTES) return tooLarge();
  // Chunked, it does not say how long it is.
  if (!headers.has('content-length'))
    event.request = new Request(event.request, { body: cutOff(body), duplex: 'half' } as RequestInit);
  return resolve(event);
};

const localised: Handle = ({ event, resolve }) =>
  paraglideMiddleware(event.request, ({ request, locale }) => {
    event.request = request;
    event.locals.locale = locale;
    return resolve(event, {
      transformPageChunk: ({ html }) => html.replace('%paraglide.lang%', locale),
    });
  });

const identified: Handle = async ({ event, resolve }) => {
  event.locals.hub = hubHandle();
  event.locals.principal = null;
  const token = event.cookies.get(SESSION_COOKIE);
  if (!token || ANONYMOUS.test(event.url.pathname)) return resolve(event);
  try {
    const known = await event.locals.hub.identity.sessions.find(token);
    event.locals.principal = known?.principal ?? null;
    if (known?.extended) {
      event.cookies.set(
        SESSION_COOKIE,
        token,
        sessionCookieOptions(known.expiresAtMs, event.url.protocol === 'https:'),
      );
    }
  } catch (cause) {
    if (!isHubError(cause) || cause.code !== 'unavailable') throw cause;
    // Not knowing is not "logged out": nobody is sent to the login page for it.
    if (event.route.id?.startsWith(PRIVATE)) error(503, 'unavailable');
  }
  return resolve(event);
};

const guarded: Handle = ({ event, resolve }) => {
  if (event.route.id?.startsWith(PRIVATE) && !event.locals.principal) {
    redirect(303, `/login?next=${encodeURIComponent(event.url.pathname)}`);
  }
  return resolve(event);
};

export const handle = sequence(secured, bounded, localised, identified, guarded);

export const handleError: HandleServerError = ({ error: cause, event, status, message }) => {
  if (status === 404) return { message };
  const reference = randomBytes(4).toString('hex');
  // The route, not the address: that could carry what does not belong into a log.
  log.error({ err: cause, reference, route: event.route.id, status }, 'request failed');
  return { message: 'internal', reference };
};

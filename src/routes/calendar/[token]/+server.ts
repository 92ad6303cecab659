import { error } from '@sveltejs/kit';
import { isHubError } from '../../../lib/signaling/contract/errors.ts';
import type { RequestHandler } from './$types';

/** Some calendar programs want the address to end like a file. */
const SUFFIX = /\.ics$/;

/** A person's calendar for other programs; the secret in the address is all that lets in. */
export const GET: RequestHandler = async ({ params, locals }) => {
  try {
    const calendar = await locals.hub.clinic.time.feeds.read(params.token.replace(SUFFIX, ''));
    return new Response(calendar, {
      headers: {
        'content-type': 'text/calendar; charset=utf-8',
        'content-disposition': 'inline; filename="rui-hub.ics"',
        'cache-control': 'private, no-store',
        'x-robots-tag': 'noindex',
      },
    });
  } catch (cause) {
    if (!isHubError(cause) || cause.code !== 'not_found') throw cause;
    error(404, 'not_found');
  }
};

import type { RequestHandler } from './$types';

export const fallback: RequestHandler = ({ request, params, locals, getClientAddress }) =>
  locals.hub.streams.answer('whep', request, {
    sessionId: params.sessionId,
    address: getClientAddress(),
  });

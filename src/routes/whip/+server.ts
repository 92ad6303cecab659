import type { RequestHandler } from './$types';

export const fallback: RequestHandler = ({ request, locals, getClientAddress }) =>
  locals.hub.streams.answer('whip', request, { sessionId: null, address: getClientAddress() });

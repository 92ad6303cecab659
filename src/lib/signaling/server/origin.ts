import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a socket handshake comes from one of our own pages. Browsers always send `Origin` with a WebSocket; a
 * program without one has no cookie jar that another site could abuse.
 */
export function isAllowedOrigin(headers: IncomingHttpHeaders, allowedOrigin: string | undefined): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  if (allowedOrigin && new URL(allowedOrigin).origin === origin) return true;
  return new URL(origin).host === host;
}

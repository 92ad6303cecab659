import { json } from '@sveltejs/kit';
import type { z } from 'zod';
import { HubError, isHubError, type ErrorCode } from '../../lib/signaling/contract/errors.ts';
import { isRecordError } from '../../lib/signaling/contract/records.ts';
import { MAX_REST_BYTES } from '../../lib/signaling/contract/rest.ts';

const STATUS: Partial<Record<ErrorCode, number>> = {
  invalid_message: 400,
  message_too_large: 413,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  out_of_order: 409,
  expired: 410,
  room_ended: 410,
  rate_limited: 429,
  unavailable: 503,
};

/** Answers a request with what `act` returns (JSON, unless it is an answer already), or with `{error: {code, message}}` when it is refused. */
export async function answering(act: () => Promise<object>): Promise<Response> {
  try {
    const answer = await act();
    return answer instanceof Response ? answer : json(answer);
  } catch (error) {
    if (!isHubError(error)) throw error;
    const { code, message } = error;
    const details = isRecordError(error) ? error.details : {};
    return json({ error: { code, message, ...details } }, { status: STATUS[code] ?? 500 });
  }
}

/**
 * The body of a request, parsed.
 * `from: 'own pages'` is for what the session cookie authorises: another site can make a browser send the cookie
 * along, but neither this content type nor our origin. Boxes sign what they send and have no origin.
 * @throws {HubError} forbidden, message_too_large, invalid_message
 */
export async function readJson<T extends z.ZodType>(
  { request, url }: { request: Request; url: URL },
  schema: T,
  from: 'own pages' | 'anywhere',
): Promise<z.output<T>> {
  if (from === 'own pages' && request.headers.get('origin') !== url.origin) {
    throw new HubError('forbidden', 'not sent by a page of this hub');
  }
  const contentType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (contentType !== 'application/json') throw new HubError('invalid_message', 'the body must be JSON');
  const parsed = schema.safeParse(parseJson(await readText(request, MAX_REST_BYTES)));
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new HubError('invalid_message', reasons.join('; ').slice(0, 500));
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HubError('invalid_message', 'the body is not JSON');
  }
}

/** @throws {HubError} message_too_large, invalid_message */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  return (await readBytes(request, maxBytes)).toString('utf8');
}

/** @throws {HubError} message_too_large, invalid_message (it broke off: the sender or its link went away) */
export async function readBytes(request: Request, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.byteLength;
      if (length > maxBytes) throw new HubError('message_too_large');
      chunks.push(chunk);
    }
  } catch (error) {
    if (isHubError(error)) throw error;
    throw new HubError('invalid_message', 'the body broke off', { cause: error });
  }
  return Buffer.concat(chunks);
}

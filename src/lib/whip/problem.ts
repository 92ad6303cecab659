import { isHubError, type ErrorCode } from '../signaling/contract/index.ts';

/** What a WHIP or WHEP client is refused with: an HTTP status, and a sentence for whoever reads its log. */
export class StreamProblem extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, sentence: string, headers: Record<string, string> = {}) {
    super(sentence);
    this.name = 'StreamProblem';
    this.status = status;
    this.headers = headers;
  }
}

/** What is not in here is our own fault: 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  invalid_message: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  not_a_member: 404, // the session lost its place in the room
  conflict: 409,
  out_of_order: 409,
  room_ended: 409,
  message_too_large: 413,
  unsupported_media: 422,
  rate_limited: 429,
  room_full: 503,
  unavailable: 503,
  timeout: 503,
};

/** How long a client should wait, where trying again makes sense. */
const RETRY_AFTER_S: Record<number, string> = { 429: '5', 503: '2' };

/** Null for an error that nobody outside should see. */
export function problemOf(error: unknown): StreamProblem | null {
  if (error instanceof StreamProblem) return error;
  if (!isHubError(error)) return null;
  const status = STATUS[error.code];
  if (!status) return null;
  const headers: Record<string, string> = {};
  if (status === 401) headers['www-authenticate'] = 'Bearer error="invalid_token"';
  if (RETRY_AFTER_S[status]) headers['retry-after'] = RETRY_AFTER_S[status];
  return new StreamProblem(status, error.message, headers);
}

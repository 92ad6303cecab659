import { fail, type ActionFailure } from '@sveltejs/kit';
import { isHubError, type ErrorCode } from '../../signaling/contract/index.ts';

const STATUS: Partial<Record<ErrorCode, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  expired: 410,
  message_too_large: 413,
  unsupported_media: 415,
  rate_limited: 429,
  unavailable: 503,
};

/** The HTTP status of a refusal. */
export const statusOf = (code: ErrorCode): number => STATUS[code] ?? 400;

/** What a form shows as a sentence; anything that is no hub error is thrown on and becomes an error page. */
export function formFailure<T extends object>(
  error: unknown,
  fields?: T,
): ActionFailure<{ code: ErrorCode } & T> {
  if (!isHubError(error)) throw error;
  return fail(statusOf(error.code), { code: error.code, ...(fields ?? ({} as T)) });
}

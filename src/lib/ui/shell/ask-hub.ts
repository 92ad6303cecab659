import type { ErrorCode } from '../../signaling/contract/index.ts';

/** What the hub refused, or that it did not answer; for `errorText`. */
export class AskFailure extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

/** Of what `askHub` threw, for `errorText`. */
export const codeOf = (error: unknown): ErrorCode =>
  error instanceof AskFailure ? error.code : 'unavailable';

/** A hub that takes longer is as good as away. */
const ANSWER_WITHIN_MS = 20_000;

/** With a body it is posted: addresses end up in logs and histories. @throws {AskFailure} @throws {DOMException} AbortError */
export async function askHub<T>(
  path: string,
  { body, stop }: { body?: object; stop?: AbortSignal | undefined } = {},
): Promise<T> {
  const patience = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const response = await fetch(path, {
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
      signal: stop ? AbortSignal.any([stop, patience]) : patience,
    });
    // Signed out meanwhile: the answer is the login page.
    if (response.redirected) throw new AskFailure('unauthenticated');
    const answer = (await response.json()) as T & { error?: { code?: ErrorCode } };
    if (!response.ok) throw new AskFailure(answer.error?.code ?? 'internal');
    return answer;
  } catch (error) {
    if (error instanceof AskFailure || stop?.aborted) throw error;
    throw new AskFailure('unavailable');
  }
}

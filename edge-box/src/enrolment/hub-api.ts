import { z } from 'zod';
import type { TokenProof } from './identity.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_CHARS = 16_384;

/** `refused`: the hub says no, asking again will not help. `unreachable`: no sensible answer; try again later. */
export class HubApiError extends Error {
  override readonly name = 'HubApiError';
  readonly reason: 'refused' | 'unreachable';

  constructor(reason: HubApiError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const enrolledSchema = z.object({ boxId: z.string().regex(/^[A-Za-z0-9_-]{4,64}$/) });
const tokenSchema = z.object({
  token: z.string().min(1).max(4096),
  /** Milliseconds since 1970, or the same moment as an ISO string. */
  expiresAt: z.union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))]),
});
export interface BoxToken {
  token: string;
  expiresAtMs: number;
}

/** Uses up the one-time code. */
export async function enrolBox(
  hubUrl: string,
  request: { code: string; publicKey: string; name: string },
): Promise<string> {
  return enrolledSchema.parse(await post(hubUrl, '/api/box/enrol', request)).boxId;
}

/** A short-lived token for the signalling handshake. */
export async function fetchBoxToken(hubUrl: string, proof: TokenProof): Promise<BoxToken> {
  const { token, expiresAt } = tokenSchema.parse(await post(hubUrl, '/api/box/token', proof));
  return { token, expiresAtMs: expiresAt };
}

async function post(hubUrl: string, path: string, body: unknown): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, hubUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = (await response.text()).slice(0, MAX_ANSWER_CHARS);
  } catch (cause) {
    throw new HubApiError('unreachable', `no answer from ${path}`, { cause });
  }
  const busy = response.status >= 500 || response.status === 408 || response.status === 429;
  if (!response.ok) {
    throw new HubApiError(busy ? 'unreachable' : 'refused', `${path} answered ${response.status}`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubApiError('unreachable', `${path} answered something that is not JSON`, { cause });
  }
}

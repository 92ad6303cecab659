import { z } from 'zod';
import { boxIdSchema } from '../../../src/lib/signaling/contract/index.ts';
import type { BoxTokenProof } from '../../../src/lib/signaling/contract/index.ts';

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

const enrolledSchema = z.object({ boxId: boxIdSchema });
const tokenSchema = z.object({
  token: z.string().min(1).max(4096),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
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
export async function fetchBoxToken(hubUrl: string, proof: BoxTokenProof): Promise<BoxToken> {
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

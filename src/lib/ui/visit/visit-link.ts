import type { ErrorCode } from '../../signaling/contract/index.ts';

/** What came of a patient's link; each but `opened` and `confirm` is a page that says what to do. */
export type LinkOutcome =
  | { name: 'opened' }
  | { name: 'confirm'; patient: string }
  | { name: 'bad' | 'used' | 'expired' | 'staff' | 'busy' };

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The token of `#<token>`; null when the link was cut short or changed on its way. */
export function tokenOf(hash: string): string | null {
  // Messengers like to add blanks, as such or escaped.
  const token = hash.replace(/^#/, '').replace(/(%20|\s)+$/, '');
  return TOKEN.test(token) ? token : null;
}

type Look = { status?: 'open' | 'used' | 'expired'; name?: string; error?: { code?: ErrorCode } };

async function post(path: string, token: string, send: typeof fetch): Promise<Look> {
  try {
    const response = await send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
      signal: AbortSignal.timeout(15_000),
    });
    return (await response.json()) as Look;
  } catch {
    return { error: { code: 'unavailable' } };
  }
}

const refused = (code: ErrorCode | undefined): LinkOutcome => {
  switch (code) {
    case 'expired':
    case 'not_found':
      return { name: 'expired' };
    case 'conflict':
      return { name: 'staff' };
    case 'invalid_message':
      return { name: 'bad' };
    default:
      return { name: 'busy' };
  }
};

/**
 * What the page does with a link: asks who it is when the link is new, and comes straight back in when this browser has used it before.
 * `isIn`: this browser has a patient's session already.
 */
export async function lookAtLink(
  token: string,
  isIn: boolean,
  send: typeof fetch = fetch,
): Promise<LinkOutcome> {
  const look = await post('/visit/link', token, send);
  if (look.error) return refused(look.error.code);
  if (look.status === 'open') return { name: 'confirm', patient: look.name ?? '' };
  if (!isIn) return { name: look.status === 'expired' ? 'expired' : 'used' };
  const outcome = await redeemLink(token, send);
  // Used by a phone other than this one, which is in another visit.
  return outcome.name === 'expired' && look.status === 'used' ? { name: 'used' } : outcome;
}

export async function redeemLink(token: string, send: typeof fetch = fetch): Promise<LinkOutcome> {
  const { error } = await post('/visit/link/redeem', token, send);
  return error ? refused(error.code) : { name: 'opened' };
}

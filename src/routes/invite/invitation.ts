/** What came of opening an invitation; each but `opened` is a page that says what to do. */
export type InvitationOutcome =
  { name: 'opened'; roomId: string } | { name: 'bad' | 'expired' | 'ended' | 'staff' | 'busy' | 'offline' };

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The token of `#<token>`; null when the link was cut short or changed on its way. */
export function tokenOf(hash: string): string | null {
  // Messengers like to add blanks, as such or escaped.
  const token = hash.replace(/^#/, '').replace(/(%20|\s)+$/, '');
  return TOKEN.test(token) ? token : null;
}

export async function redeem(token: string, send: typeof fetch = fetch): Promise<InvitationOutcome> {
  let response: Response;
  try {
    response = await send('/api/invitation/redeem', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
      signal: AbortSignal.timeout(15_000),
    });
  } catch {
    return { name: 'offline' };
  }
  const answer = (await response.json().catch(() => null)) as {
    roomId?: string;
    error?: { code?: string };
  } | null;
  if (response.ok && answer?.roomId) return { name: 'opened', roomId: answer.roomId };
  switch (answer?.error?.code) {
    case 'expired':
    case 'not_found':
      return { name: 'expired' };
    case 'room_ended':
      return { name: 'ended' };
    case 'conflict':
      return { name: 'staff' };
    case 'invalid_message':
      return { name: 'bad' };
    default:
      return { name: 'busy' };
  }
}

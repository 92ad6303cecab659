import { describe, expect, it } from 'vitest';
import { lookAtLink, redeemLink, tokenOf } from './visit-link.ts';

const TOKEN = 'A'.repeat(20) + '_-' + 'b'.repeat(21);
const answering =
  (answers: Record<string, unknown>): typeof fetch =>
  async (path) =>
    new Response(JSON.stringify(answers[String(path)]));

describe("a patient's link", () => {
  it.each(['', '#short', `#${TOKEN}x`])('is bad as %j', (hash) => {
    expect(tokenOf(hash)).toBeNull();
    expect(tokenOf(`#${TOKEN}%20`)).toBe(TOKEN);
  });

  it('asks who it is while it is new', async () => {
    const send = answering({ '/visit/link': { status: 'open', name: '张*华' } });
    expect(await lookAtLink(TOKEN, false, send)).toEqual({ name: 'confirm', patient: '张*华' });
  });

  it('is refused in another browser, and let in again in the same', async () => {
    const look = { status: 'used', name: '张*华' };
    expect(await lookAtLink(TOKEN, false, answering({ '/visit/link': look }))).toEqual({ name: 'used' });
    const same = answering({ '/visit/link': look, '/visit/link/redeem': {} });
    expect(await lookAtLink(TOKEN, true, same)).toEqual({ name: 'opened' });
    const other = answering({
      '/visit/link': look,
      '/visit/link/redeem': { error: { code: 'expired' } },
    });
    expect(await lookAtLink(TOKEN, true, other)).toEqual({ name: 'used' });
  });

  it.each([
    ['expired', 'expired'],
    ['not_found', 'expired'],
    ['conflict', 'staff'],
    ['invalid_message', 'bad'],
    ['unavailable', 'busy'],
  ])('refused with %s is %s', async (code, name) => {
    const send = answering({ '/visit/link/redeem': { error: { code } } });
    expect(await redeemLink(TOKEN, send)).toEqual({ name });
  });

  it('is not lost when nobody answers', async () => {
    const send = () => Promise.reject(new TypeError('no network'));
    expect(await lookAtLink(TOKEN, false, send)).toEqual({ name: 'busy' });
  });
});

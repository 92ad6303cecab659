import { describe, expect, it } from 'vitest';
import { redeem, tokenOf } from './invitation.ts';

const TOKEN = 'A'.repeat(20) + '_-' + 'b'.repeat(21);

describe('an invitation link', () => {
  it('carries its token behind the #', () => {
    expect(tokenOf(`#${TOKEN}`)).toBe(TOKEN);
    expect(tokenOf(`#${TOKEN}%20`)).toBe(TOKEN);
  });

  it.each(['', '#', '#short', `#${TOKEN}x`, `#${TOKEN.slice(1)}!`, '#%E0%A4%A'])('is bad as %j', (hash) => {
    expect(tokenOf(hash)).toBeNull();
  });

  it.each([
    [200, { roomId: 'r_1234' }, { name: 'opened', roomId: 'r_1234' }],
    [410, { error: { code: 'expired' } }, { name: 'expired' }],
    [410, { error: { code: 'room_ended' } }, { name: 'ended' }],
    [409, { error: { code: 'conflict' } }, { name: 'staff' }],
    [400, { error: { code: 'invalid_message' } }, { name: 'bad' }],
    [503, { error: { code: 'unavailable' } }, { name: 'busy' }],
    [502, 'not JSON', { name: 'busy' }],
  ])('answered %i %j is %j', async (status, body, outcome) => {
    const send = async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
    expect(await redeem(TOKEN, send)).toEqual(outcome);
  });

  it('is not lost when nobody answers', async () => {
    expect(await redeem(TOKEN, () => Promise.reject(new TypeError('no network')))).toEqual({
      name: 'offline',
    });
  });
});

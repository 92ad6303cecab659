import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { account, loginAttempt, session } from '../storage/index.ts';
import { SESSION_COOKIE } from './index.ts';
import { PASSWORD, refusal, startTestIdentity, type TestIdentity } from './testing.ts';

const HOUR_MS = 3_600_000;
let identity: TestIdentity;

beforeAll(async () => {
  identity = await startTestIdentity();
});
afterAll(() => identity.stop());
beforeEach(async () => {
  await identity.db.delete(session);
  await identity.db.delete(loginAttempt);
  identity.revoked.length = 0;
});

const browser = { address: '10.0.0.1', userAgent: 'Firefox', sessionToken: null };
const login = (password = PASSWORD, username = 'wang', context = browser) =>
  identity.sessions.login({ username, password }, context);
const who = (token: string) => identity.principalOfCookie(`a=b; ${SESSION_COOKIE}=${token}; c=d`);

describe('login', () => {
  it('lets the right password in, however the user name is written', async () => {
    const { token, principal } = await login(PASSWORD, ' WANG ');
    expect(principal).toMatchObject({ kind: 'account', name: '王丽', roles: ['rural_doctor'] });
    expect(await who(token)).toEqual(principal);
  });

  it('keeps neither the token nor the password', async () => {
    const { token } = await login();
    const kept = JSON.stringify([
      await identity.db.select().from(session),
      await identity.db.select().from(account),
    ]);
    expect(kept).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(kept).not.toContain(token);
    expect(kept).not.toContain(PASSWORD);
  });

  it('refuses a wrong password and an unknown user alike', async () => {
    expect(await refusal(login('wrong'))).toBe('unauthenticated');
    expect(await refusal(login(PASSWORD, 'nobody'))).toBe('unauthenticated');
    const message = (call: Promise<unknown>) => call.catch((error: Error) => error.message);
    expect(await message(login('wrong'))).toBe(await message(login(PASSWORD, 'nobody')));
  });

  it('works as hard for an unknown user as for a known one', async () => {
    // In processor time: who else is busy on this machine does not count.
    const leastWork = async (username: string): Promise<number> => {
      const times: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        const before = process.cpuUsage();
        await login('wrong', username, { ...browser, address: `10.1.0.${round}` }).catch(() => undefined);
        const { user, system } = process.cpuUsage(before);
        times.push(user + system);
      }
      return Math.min(...times);
    };
    await leastWork('warm-up');
    const ratio = (await leastWork('nobody')) / (await leastWork('wang'));
    // Without the work the ratio is about a tenth.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('stops guessing after five wrong tries, for this account from this address, for a quarter of an hour', async () => {
    const guesses = Array.from({ length: 8 }, () => refusal(login('wrong')));
    const outcomes = (await Promise.all(guesses)).sort();
    expect(outcomes).toEqual([
      ...Array<string>(3).fill('rate_limited'),
      ...Array<string>(5).fill('unauthenticated'),
    ]);
    expect(await refusal(login())).toBe('rate_limited');
    expect(await refusal(login(PASSWORD, 'wang', { ...browser, address: '10.0.0.2' }))).toBe('not refused');
    identity.clock.nowMs += 15 * 60_000;
    expect(await refusal(login())).toBe('not refused');
  });

  it('forgets wrong tries after a right one', async () => {
    for (let round = 0; round < 3; round += 1) {
      for (let wrong = 0; wrong < 4; wrong += 1)
        expect(await refusal(login('wrong'))).toBe('unauthenticated');
      expect(await refusal(login())).toBe('not refused');
    }
  });

  it('makes a new token each time and ends the session that the browser held', async () => {
    const first = await login();
    const second = await login(PASSWORD, 'wang', { ...browser, sessionToken: first.token } as never);
    expect(second.token).not.toBe(first.token);
    expect(await who(first.token)).toBeNull();
    expect(await who(second.token)).not.toBeNull();
  });
});

describe('a session', () => {
  it('lasts twelve hours from its last use', async () => {
    const { token } = await login();
    identity.clock.nowMs += 11 * HOUR_MS;
    expect(await identity.sessions.find(token)).toMatchObject({ extended: true });
    identity.clock.nowMs += 11 * HOUR_MS;
    expect(await who(token)).not.toBeNull();
    identity.clock.nowMs += 12 * HOUR_MS;
    expect(await who(token)).toBeNull();
    await identity.sweep();
    expect(await identity.db.select().from(session)).toEqual([]);
  });

  it('is not found by a cookie that was tampered with', async () => {
    const { token } = await login();
    const [row] = await identity.db.select().from(session);
    const otherEnd = token.slice(0, -2) + (token.endsWith('AA') ? 'BB' : 'AA');
    for (const cookie of [otherEnd, token.toLowerCase(), row!.id, token + 'A', '', "' or 1=1 --", '%00']) {
      expect(await who(cookie), cookie).toBeNull();
      expect(await identity.sessions.find(cookie), cookie).toBeNull();
    }
    expect(await identity.principalOfCookie(undefined)).toBeNull();
    expect(await identity.principalOfCookie(`x${SESSION_COOKIE}=${token}`)).toBeNull();
  });

  it('ends by logging out, and its connections with it', async () => {
    const { token, principal } = await login();
    const other = await login();
    await identity.sessions.logout(token);
    expect(await who(token)).toBeNull();
    expect(await who(other.token)).not.toBeNull();
    expect(identity.revoked).toEqual([principal.principalId]);
    await identity.sessions.logoutEverywhere(identity.wang.accountId);
    expect(await who(other.token)).toBeNull();
  });

  it('ends elsewhere when the password is changed here', async () => {
    const here = await login();
    const elsewhere = await login();
    const change = { accountId: identity.wang.accountId, next: 'a new long one', sessionToken: here.token };
    expect(await refusal(identity.sessions.changePassword({ ...change, current: 'wrong' }))).toBe(
      'unauthenticated',
    );
    expect(await who(elsewhere.token)).not.toBeNull();
    await identity.sessions.changePassword({ ...change, current: PASSWORD });
    expect(await who(here.token)).not.toBeNull();
    expect(await who(elsewhere.token)).toBeNull();
    expect(await refusal(login())).toBe('unauthenticated');
    await identity.sessions.changePassword({ ...change, current: 'a new long one', next: PASSWORD });
  });

  it('ends when the account is disabled, and no other begins', async () => {
    const { accountId } = await identity.accounts.create({
      username: 'gone',
      name: '已离职',
      password: PASSWORD,
      roles: ['nurse'],
      institutionId: 'hospital',
    });
    const { token, principal } = await login(PASSWORD, 'gone');
    // Also when only the database knows, say by an administrator's own SQL.
    await identity.db.update(account).set({ disabledAt: new Date() }).where(eq(account.id, accountId));
    expect(await who(token)).toBeNull();
    await identity.db.update(account).set({ disabledAt: null }).where(eq(account.id, accountId));
    expect(await who(token)).not.toBeNull();
    await identity.accounts.disable(accountId);
    expect(await who(token)).toBeNull();
    expect(identity.revoked).toEqual([principal.principalId]);
    expect(await refusal(login(PASSWORD, 'gone'))).toBe('forbidden');
    expect(await refusal(login('wrong', 'gone'))).toBe('unauthenticated');
    expect((await identity.accounts.list()).map(({ username }) => username)).toEqual(['wang']);
  });
});

it('refuses a user name that is taken', async () => {
  const again = {
    username: 'WANG',
    name: 'x',
    password: PASSWORD,
    roles: ['nurse' as const],
    institutionId: 'hospital',
  };
  expect(await refusal(identity.accounts.create(again))).toBe('conflict');
});

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { invitation, room } from '../storage/index.ts';
import { SESSION_COOKIE } from './index.ts';
import { PASSWORD, refusal, startTestIdentity, type TestIdentity } from './testing.ts';

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startTestIdentity();
});
afterAll(() => identity.stop());

const fresh = { sessionToken: null, userAgent: 'Phone' };
const invite = () =>
  identity.invitations.create({
    roomId: identity.roomId,
    role: 'patient',
    name: '张*华',
    validMinutes: 30,
    createdBy: identity.wang.accountId,
  });
const who = (token: string) => identity.principalOfCookie(`${SESSION_COOKIE}=${token}`);

it('opens a guest session for one room and one role, for the time of a visit', async () => {
  const { token } = await invite();
  const expiresAtMs = identity.clock.nowMs + 4 * 60 * 60_000;
  expect(await identity.invitations.look(token)).toMatchObject({
    status: 'open',
    name: '张*华',
    role: 'patient',
  });
  const session = await identity.invitations.redeem(token, fresh);
  expect(session.token).not.toBe(token);
  expect(await who(session.token)).toMatchObject({
    kind: 'guest',
    roomId: identity.roomId,
    role: 'patient',
    expiresAtMs,
  });
  expect(JSON.stringify(await identity.db.select().from(invitation))).not.toContain(token);
  // The link's own time is over; who is in stays in, and may open it again in the same browser.
  identity.clock.nowMs += 31 * 60_000;
  expect(await identity.invitations.look(token)).toMatchObject({ status: 'expired' });
  expect(await identity.invitations.redeem(token, { ...fresh, sessionToken: session.token })).toEqual(
    session,
  );
  // Use does not prolong it.
  expect(await identity.sessions.find(session.token)).toMatchObject({ expiresAtMs, extended: false });
  identity.clock.nowMs = expiresAtMs;
  expect(await who(session.token)).toBeNull();
  expect(await refusal(identity.invitations.redeem(token, fresh))).toBe('expired');
});

it('may be opened again in the same browser and in no other', async () => {
  const { token } = await invite();
  const first = await identity.invitations.redeem(token, fresh);
  const again = await identity.invitations.redeem(token, { ...fresh, sessionToken: first.token });
  expect(again).toEqual(first);
  expect(await identity.invitations.look(token)).toMatchObject({ status: 'used' });
  expect(await refusal(identity.invitations.redeem(token, fresh))).toBe('expired');
  const stranger = await identity.invitations.redeem((await invite()).token, fresh);
  expect(await refusal(identity.invitations.redeem(token, { ...fresh, sessionToken: stranger.token }))).toBe(
    'expired',
  );
  expect(await who(first.token)).not.toBeNull();
  expect(await who(stranger.token)).not.toBeNull();
});

it('is won by exactly one of two browsers at once', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { token } = await invite();
    const both = await Promise.all([
      refusal(identity.invitations.redeem(token, fresh)),
      refusal(identity.invitations.redeem(token, fresh)),
    ]);
    expect(both.sort()).toEqual(['expired', 'not refused']);
  }
});

it('is refused when it is past its time, or never was', async () => {
  const { token } = await invite();
  identity.clock.nowMs += 30 * 60_000;
  expect(await refusal(identity.invitations.redeem(token, fresh))).toBe('expired');
  expect(await refusal(identity.invitations.redeem('A'.repeat(43), fresh))).toBe('expired');
  expect(await identity.invitations.look('A'.repeat(43))).toBeNull();
});

it('neither logs a doctor out nor is used up when the doctor tries the link', async () => {
  const { token } = await invite();
  const doctor = await identity.sessions.login(
    { username: 'wang', password: PASSWORD },
    { address: '10.0.0.1', ...fresh },
  );
  expect(await refusal(identity.invitations.redeem(token, { ...fresh, sessionToken: doctor.token }))).toBe(
    'conflict',
  );
  expect(await who(doctor.token)).toMatchObject({ kind: 'account' });
  expect(await refusal(identity.invitations.redeem(token, fresh))).toBe('not refused');
});

it('is refused once the room has ended', async () => {
  const { token } = await invite();
  await identity.db.update(room).set({ status: 'ended' }).where(eq(room.id, identity.roomId));
  expect(await refusal(identity.invitations.redeem(token, fresh))).toBe('room_ended');
});

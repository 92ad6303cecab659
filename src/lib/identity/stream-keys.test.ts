import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { box, institution, room } from '../storage/index.ts';
import type { NewStreamKey } from './stream-keys.ts';
import { HOSPITAL, refusal, startTestIdentity, type TestIdentity } from './testing.ts';

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startTestIdentity();
  await identity.db.insert(institution).values({ id: 'elsewhere', name: '别的医院' });
  await identity.db
    .insert(box)
    .values({ id: 'box-1', name: '一号盒', institutionId: HOSPITAL, publicKey: 'k', status: 'enrolled' });
});
afterAll(() => identity.stop());

const make = (more: Partial<NewStreamKey> = {}) =>
  identity.streamKeys.create({
    name: '腹腔镜',
    access: 'publish',
    pictureClass: 'clinical',
    target: { roomId: identity.roomId },
    validDays: 7,
    institutionId: HOSPITAL,
    createdBy: identity.wang.accountId,
    ...more,
  });
const who = (token: string, address = '10.0.0.1') => identity.streamKeys.principalOf(token, { address });

it('says who a token belongs to and where it leads, until it is past its time', async () => {
  const { keyId, token } = await make();
  expect(await who(token)).toMatchObject({
    kind: 'stream',
    principalId: `w_${keyId}`,
    name: '腹腔镜',
    access: 'publish',
    roomId: identity.roomId,
  });
  expect(await identity.streamKeys.list(HOSPITAL)).toMatchObject([
    { keyId, target: { kind: 'room', name: '会诊' }, lastUsedAtMs: identity.clock.nowMs, revokedAtMs: null },
  ]);
  expect(JSON.stringify(await identity.streamKeys.list(HOSPITAL))).not.toContain(token);
  const before = identity.clock.nowMs;
  identity.clock.nowMs += 7 * 86_400_000;
  expect(await refusal(who(token))).toBe('unauthenticated');
  identity.clock.nowMs = before;
});

it('leads to the room that its box serves at the time', async () => {
  const { token } = await make({ access: 'view', pictureClass: null, target: { boxId: 'box-1' } });
  expect(await refusal(who(token))).toBe('conflict');
  await identity.db.update(room).set({ boxId: 'box-1' }).where(eq(room.id, identity.roomId));
  expect(await who(token)).toMatchObject({ access: 'view', roomId: identity.roomId });
});

it('is made for the own institution only, and revoked by it only', async () => {
  expect(await refusal(make({ institutionId: 'elsewhere' }))).toBe('not_found');
  expect(await refusal(make({ institutionId: 'elsewhere', target: { boxId: 'box-1' } }))).toBe('not_found');
  const { keyId, token } = await make();
  expect(await identity.streamKeys.revoke(keyId, 'elsewhere')).toBe(false);
  expect(await who(token)).toMatchObject({ keyId });
  expect(await identity.streamKeys.revoke(keyId, HOSPITAL)).toBe(true);
  expect(identity.revoked).toContain(`w_${keyId}`);
  expect(await refusal(who(token))).toBe('unauthenticated');
});

it('lets nobody try tokens without end', async () => {
  const codes = new Set<string>();
  for (let n = 0; n < 110; n++) codes.add(await refusal(who(`guess-${n}`, '10.9.9.9')));
  expect([...codes]).toEqual(['unauthenticated', 'rate_limited']);
});

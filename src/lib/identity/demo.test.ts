import { generateKeyPairSync } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patientStripSchema } from '../signaling/contract/index.ts';
import { account, box, institution, room, roomParticipant } from '../storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../storage/testing/test-database.ts';
import { createIdentity, seedDemo, type Identity } from './index.ts';

let database: TestDatabase;
let identity: Identity;
beforeAll(async () => {
  database = await startTestDatabase();
  identity = createIdentity({ db: database.db, log: { warn: () => undefined } });
});
afterAll(async () => {
  identity.close();
  await database.stop();
});

const seed = (password = 'demo-password') => seedDemo({ db: database.db, password });
const everything = async () =>
  JSON.stringify(
    await Promise.all(
      [institution, account, box, room, roomParticipant].map((table) => database.db.select().from(table)),
    ),
  );
const login = (username: string, password: string) =>
  identity.sessions.login({ username, password }, { address: '::1', userAgent: null, sessionToken: null });

it('seeds the same hospital however often and however many at once', async () => {
  const [first, other] = await Promise.all([seed(), seed()]);
  expect(other.roomId).toBe(first.roomId);
  const before = await everything();
  expect(first.accounts).toHaveLength(14);
  await seed();
  expect(await everything()).toBe(before);
  const rooms = await database.db.select().from(room);
  expect(rooms).toHaveLength(1);
  expect(patientStripSchema.parse(rooms[0]!.patient)).toMatchObject({
    maskedName: '张*华',
    laterality: 'right',
  });
  for (const { username } of first.accounts) await login(username, 'demo-password');
});

it('lets the demo box in with its code, into the demo room, and again when its key was lost', async () => {
  const newPublicKey = () =>
    generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64url');
  for (let start = 0; start < 2; start += 1) {
    const { enrolCode, roomId } = await seed();
    const { boxId } = await identity.boxes.enrol(
      { code: enrolCode, publicKey: newPublicKey() },
      { address: '::1' },
    );
    const [demoRoom] = await database.db.select().from(room).where(eq(room.id, roomId));
    expect(demoRoom!.boxId).toBe(boxId);
  }
  expect(await database.db.select().from(box)).toHaveLength(1);
});

it('names only accounts that its password opens, and resets nobody', async () => {
  const { token, principal } = await login('wang', 'demo-password');
  await identity.sessions.changePassword({
    accountId: principal.accountId,
    current: 'demo-password',
    next: 'my own password',
    sessionToken: token,
  });
  const { accounts } = await seed();
  expect(accounts.map(({ username }) => username)).not.toContain('wang');
  expect(accounts).toHaveLength(13);
  await login('wang', 'my own password');
});

it('opens a new room when the demo room was ended', async () => {
  const { roomId } = await seed();
  await database.db.update(room).set({ status: 'ended', boxId: null }).where(eq(room.id, roomId));
  await Promise.all([seed(), seed(), seed()]); // connections are open now, so that the next ones overlap
  await database.db.update(room).set({ status: 'ended', boxId: null });
  const [next, other] = await Promise.all([seed(), seed(), seed(), seed()]);
  expect(other.roomId).toBe(next.roomId);
  expect(next.roomId).not.toBe(roomId);
  const open = await database.db.select().from(room).where(eq(room.status, 'open'));
  expect(open).toMatchObject([{ id: next.roomId, boxId: expect.any(String) as string }]);
});

import { startTestDatabase } from '../storage/testing/test-database.ts';
import { institution, room, type Database } from '../storage/index.ts';
import { createIdentity, type Identity } from './index.ts';

/** Identity over a real database, with a clock that a test can turn on and a list of who was revoked. */
export interface TestIdentity extends Identity {
  db: Database;
  clock: { nowMs: number };
  revoked: string[];
  wang: { accountId: string };
  roomId: string;
  stop(): Promise<void>;
}

export const PASSWORD = '诊 correct horse 7';
export const HOSPITAL = 'hospital';

/** One hospital with one doctor (user name `wang`) and one open room. */
export async function startTestIdentity(): Promise<TestIdentity> {
  const database = await startTestDatabase();
  const { db } = database;
  const clock = { nowMs: Date.now() };
  const identity = createIdentity({ db, log: { warn: () => undefined }, now: () => clock.nowMs });
  const revoked: string[] = [];
  identity.onRevoked((principalId) => revoked.push(principalId));
  await db.insert(institution).values({ id: HOSPITAL, name: '测试医院' });
  const wang = await identity.accounts.create({
    username: 'Wang',
    name: '王丽',
    password: PASSWORD,
    roles: ['rural_doctor'],
    institutionId: HOSPITAL,
  });
  const roomId = 'room-1';
  await db.insert(room).values({
    id: roomId,
    kind: 'consult',
    title: '会诊',
    institutionId: HOSPITAL,
    createdBy: wang.accountId,
  });
  return {
    ...identity,
    db,
    clock,
    revoked,
    wang,
    roomId,
    stop: async () => {
      identity.close();
      await database.stop();
    },
  };
}

/** The code of the HubError that a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'not refused';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

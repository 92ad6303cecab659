import { and, eq, inArray, sql } from 'drizzle-orm';
import type { AccountRole, PatientStrip, RoomRole } from '../signaling/contract/index.ts';
import {
  account,
  box,
  beginBoxService,
  institution,
  room,
  roomParticipant,
  type Database,
  type Transaction,
} from '../storage/index.ts';
import { replaceEnrolmentCode } from './boxes.ts';
import { newId } from './ids.ts';
import { hashPassword, verifyPassword } from './password.ts';

export interface DemoHospital {
  /** Those that open with `password`; somebody may have changed one since. */
  accounts: { username: string; name: string; role: AccountRole; institution: string; description: string }[];
  password: string;
  /** Lets the demo box in if it has not enrolled yet, or lost its key. */
  enrolCode: string;
  roomId: string;
}

// Invented names: no real hospital, no real person.
const SHANGHAI = '上海示范医院';
const COUNTY = '云岭县人民医院';
const ROOM_TITLE = '超声会诊演示 Ultrasound consult (demo)';
const BOX_NAME = '瑞视盒·示范 1';

const PEOPLE: { username: string; name: string; role: AccountRole; english: string; at: string }[] = [
  { username: 'wang', name: '王丽', role: 'rural_doctor', english: 'rural doctor', at: COUNTY },
  { username: 'li', name: '李卫国', role: 'specialist', english: 'specialist', at: SHANGHAI },
  { username: 'zhao', name: '赵敏', role: 'sonographer', english: 'sonographer', at: COUNTY },
  { username: 'sun', name: '孙洁', role: 'nurse', english: 'nurse', at: COUNTY },
  { username: 'zhou', name: '周航', role: 'dispatcher', english: 'dispatcher', at: SHANGHAI },
  { username: 'chen', name: '陈明', role: 'surgeon', english: 'surgeon', at: COUNTY },
  { username: 'gao', name: '高峰', role: 'surgeon', english: 'surgeon', at: SHANGHAI },
  { username: 'wu', name: '吴强', role: 'proctor', english: 'proctor', at: SHANGHAI },
  { username: 'tan', name: '谭静', role: 'observer', english: 'observer', at: SHANGHAI },
  { username: 'lin', name: '林海', role: 'specialist', english: 'specialist (radiology)', at: SHANGHAI },
  { username: 'he', name: '何静', role: 'anaesthetist', english: 'anaesthetist', at: COUNTY },
  { username: 'feng', name: '冯岚', role: 'pharmacist', english: 'pharmacist', at: COUNTY },
  { username: 'ma', name: '马蕾', role: 'dispatcher', english: 'dispatcher', at: COUNTY },
  { username: 'admin', name: '管理员', role: 'administrator', english: 'administrator', at: COUNTY },
];

const PARTICIPANTS: { username: string; role: RoomRole }[] = [
  { username: 'wang', role: 'rural_doctor' },
  { username: 'li', role: 'specialist' },
  { username: 'zhou', role: 'dispatcher' },
];

const PATIENT: PatientStrip = {
  maskedName: '张*华',
  sex: 'female',
  ageYears: 63,
  maskedId: '5329**********0428',
  laterality: 'right',
};

/**
 * Two hospitals, their people, one open consult and one box. What is there already is left as it is; an ended demo
 * room gets a successor, so that there is always a room to try.
 */
export async function seedDemo({ db, password }: { db: Database; password: string }): Promise<DemoHospital> {
  const passwordHash = await hashPassword(password);
  const { people, ...made } = await db.transaction(async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('rui-demo'))`);
    const institutions = await seedInstitutions(tx);
    const people = await seedPeople(tx, institutions, passwordHash);
    const boxId = await seedBox(tx, institutions.get(COUNTY)!);
    const accountIds = new Map(people.map((person) => [person.username, person.id]));
    const roomId = await seedRoom(tx, institutions.get(COUNTY)!, accountIds, boxId);
    const { code } = await replaceEnrolmentCode(tx, boxId, Date.now());
    return { people, roomId, enrolCode: code };
  });
  const opens = await Promise.all(people.map((person) => verifyPassword(person.passwordHash, password)));
  const working = new Set(people.filter((_, index) => opens[index]).map((person) => person.username));
  return {
    ...made,
    password,
    accounts: PEOPLE.filter(({ username }) => working.has(username)).map(
      ({ username, name, role, english, at }) => ({
        username,
        name,
        role,
        institution: at,
        // For the terminal, whose language nobody knows.
        description: `${name} ${english}, ${at}`,
      }),
    ),
  };
}

async function seedInstitutions(tx: Transaction): Promise<Map<string, string>> {
  const names = [SHANGHAI, COUNTY];
  await tx
    .insert(institution)
    .values(names.map((name) => ({ id: newId(), name })))
    .onConflictDoNothing();
  const rows = await tx.select().from(institution).where(inArray(institution.name, names));
  return new Map(rows.map((row) => [row.name, row.id]));
}

async function seedPeople(tx: Transaction, institutions: Map<string, string>, passwordHash: string) {
  await tx
    .insert(account)
    .values(
      PEOPLE.map(({ username, name, role, at }) => ({
        id: newId(),
        username,
        displayName: name,
        passwordHash,
        roles: [role],
        institutionId: institutions.get(at)!,
      })),
    )
    .onConflictDoNothing();
  const usernames = PEOPLE.map(({ username }) => username);
  return tx.select().from(account).where(inArray(account.username, usernames));
}

async function seedBox(tx: Transaction, institutionId: string): Promise<string> {
  const [found] = await tx
    .select({ id: box.id })
    .from(box)
    .where(
      and(
        eq(box.name, BOX_NAME),
        eq(box.institutionId, institutionId),
        inArray(box.status, ['awaiting', 'enrolled']),
      ),
    )
    .limit(1);
  if (found) return found.id;
  const boxId = newId();
  await tx.insert(box).values({ id: boxId, name: BOX_NAME, institutionId });
  return boxId;
}

async function seedRoom(
  tx: Transaction,
  institutionId: string,
  accountIds: Map<string, string>,
  boxId: string,
): Promise<string> {
  const [found] = await tx
    .select({ id: room.id })
    .from(room)
    .where(and(eq(room.title, ROOM_TITLE), eq(room.institutionId, institutionId), eq(room.status, 'open')))
    .limit(1);
  if (found) return found.id;
  const [busy] = await tx.select({ id: room.id }).from(room).where(eq(room.boxId, boxId)).limit(1);
  const roomId = `r_${newId()}`;
  await tx.insert(room).values({
    id: roomId,
    kind: 'consult',
    title: ROOM_TITLE,
    patient: PATIENT,
    institutionId,
    createdBy: accountIds.get('wang')!,
    boxId: busy ? null : boxId,
  });
  if (!busy) await beginBoxService(tx, roomId, boxId);
  await tx
    .insert(roomParticipant)
    .values(
      PARTICIPANTS.map(({ username, role }) => ({ roomId, accountId: accountIds.get(username)!, role })),
    );
  return roomId;
}

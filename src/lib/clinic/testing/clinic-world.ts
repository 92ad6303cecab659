import { pino } from 'pino';
import {
  accountPrincipalId,
  createIdentity,
  newId,
  type AccountPrincipal,
  type Identity,
} from '../../identity/index.ts';
import { RoomDirectory } from '../../rooms/index.ts';
import type { Bus } from '../../signaling/bus/index.ts';
import {
  ACCOUNT_ROLES,
  isHubError,
  type AccountRole,
  type Notice,
  type Specialty,
} from '../../signaling/contract/index.ts';
import { account, institution, patient, practitioner, type Database } from '../../storage/index.ts';
import { startTestDatabase } from '../../storage/testing/test-database.ts';
import { Clinic } from '../clinic.ts';

/** `county` asks and owns patients, `city` answers, `elsewhere` has nothing to do with either. */
export const INSTITUTIONS = ['county', 'city', 'elsewhere'] as const;
export type WorldInstitution = (typeof INSTITUTIONS)[number];

/** The clinic over a real database, with a clock that tests turn and a bus that only remembers. */
export interface ClinicWorld {
  db: Database;
  /** For connections of a test's own. */
  databaseUrl: string;
  clinic: Clinic;
  bus: Bus;
  directory: RoomDirectory;
  /** Over the same database and clock: links of patients, sessions. */
  identity: Identity;
  clock: { nowMs: number };
  /** Every notice to a person or box since the start (or since a test emptied it). */
  told: { principalId: string; notice: Notice }[];
  /** Rooms that were told to look what the database says of them by now. */
  followed: string[];
  /** Who was sent out of which room. */
  sentOut: { roomId: string; memberId: string }[];
  /** 张桂华 of `county`. */
  patientId: string;
  /** The one account of this role at this institution; `county` unless said. */
  person(role: AccountRole, at?: WorldInstitution): AccountPrincipal;
  /** A further account, e.g. a second specialist, or somebody with several roles. */
  addPerson(name: string, roles: AccountRole[], at?: WorldInstitution): Promise<AccountPrincipal>;
  /** Real name, licence and title, as the rules want of who signs; by default nobody has them. */
  addPractitioner(person: AccountPrincipal, specialties: Specialty[]): Promise<void>;
  addPatient(at?: WorldInstitution, values?: Partial<typeof patient.$inferInsert>): Promise<string>;
  stop(): Promise<void>;
}

export async function startClinicWorld(): Promise<ClinicWorld> {
  const database = await startTestDatabase();
  const { db } = database;
  const clock = { nowMs: Date.parse('2026-11-28T08:00:00Z') };
  const told: ClinicWorld['told'] = [];
  const followed: string[] = [];
  const sentOut: ClinicWorld['sentOut'] = [];
  const bus = recordingBus(told);
  await db.insert(institution).values(INSTITUTIONS.map((id) => ({ id, name: id })));
  const people = new Map<string, AccountPrincipal>();

  const addPerson: ClinicWorld['addPerson'] = async (name, roles, at = 'county') => {
    const accountId = `${name}-${at}`;
    await db.insert(account).values({
      id: accountId,
      username: accountId,
      displayName: accountId,
      passwordHash: 'none',
      roles,
      institutionId: at,
    });
    const principalId = accountPrincipalId(accountId);
    return { kind: 'account', principalId, accountId, name: accountId, roles, institutionId: at };
  };
  for (const at of INSTITUTIONS)
    for (const role of ACCOUNT_ROLES) people.set(`${role}-${at}`, await addPerson(role, [role], at));
  const person: ClinicWorld['person'] = (role, at = 'county') => people.get(`${role}-${at}`)!;

  const addPatient: ClinicWorld['addPatient'] = async (at = 'county', values = {}) => {
    const id = newId();
    await db.insert(patient).values({
      id,
      institutionId: at,
      name: '张桂华',
      pinyin: 'zhangguihua',
      pinyinInitials: 'zgh',
      sex: 'female',
      birthDate: '1961-03-02',
      idKind: 'none',
      createdBy: person('rural_doctor', at).accountId,
      ...values,
    });
    return id;
  };

  const directory = new RoomDirectory(db, bus);
  const log = pino({ level: 'silent' });
  const identity = createIdentity({ db, log, now: () => clock.nowMs });
  const clinic = new Clinic({
    db,
    bus,
    directory,
    rooms: {
      follow: async (roomId) => void followed.push(roomId),
      sendOut: async (roomId, memberId) => void sentOut.push({ roomId, memberId }),
    },
    log,
    caseLinks: identity.caseLinks,
    patientIdKey: 'key of a test, 32 characters long',
    now: () => clock.nowMs,
  });
  return {
    db,
    databaseUrl: database.url,
    clinic,
    bus,
    directory,
    identity,
    clock,
    told,
    followed,
    sentOut,
    patientId: await addPatient(),
    person,
    addPerson,
    addPatient,
    addPractitioner: async ({ accountId, name }, specialties) => {
      await db.insert(practitioner).values({
        accountId,
        realName: name,
        licenceNumber: '110000000000001',
        title: '主任医师',
        specialties,
      });
    },
    stop: async () => {
      await clinic.close();
      identity.close();
      await database.stop();
    },
  };
}

/** What the clinic asks of the bus is to tell; anything else would be a mistake that has to be seen. */
function recordingBus(told: ClinicWorld['told']): Bus {
  return {
    notifyPrincipal: (principalId: string, notice: Notice) => void told.push({ principalId, notice }),
  } as unknown as Bus;
}

/** The code that a call is refused with, `ok` when it is not; what is no refusal is thrown on. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (isHubError(error)) return error.code;
    throw error;
  }
}

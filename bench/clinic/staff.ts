import { sql } from 'drizzle-orm';
import { accountPrincipalId, type AccountPrincipal } from '../../src/lib/identity/index.ts';
import type { AccountRole, Specialty } from '../../src/lib/signaling/contract/index.ts';
import {
  account,
  department,
  institution,
  practitioner,
  questionnaire,
  webhook,
  type Database,
} from '../../src/lib/storage/index.ts';

/** Of everybody in a hospital by their number; the expressions of SQL below count on it. */
const ROLES: readonly AccountRole[] = [
  ...Array<AccountRole>(6).fill('rural_doctor'),
  ...Array<AccountRole>(5).fill('specialist'),
  ...Array<AccountRole>(2).fill('sonographer'),
  ...Array<AccountRole>(2).fill('nurse'),
  ...Array<AccountRole>(2).fill('dispatcher'),
  'pharmacist',
  'administrator',
  'surgeon',
];
/** Of the specialists; those who read pictures are among them. */
const SPECIALTIES: readonly Specialty[][] = [
  ['ultrasound', 'radiology'],
  ['gastroenterology'],
  ['cardiology'],
  ['neurology', 'general_surgery'],
  ['pathology', 'dermatology'],
];
export const HOSPITALS = 20;

const hospitalId = (hospital: number): string => `hospital_${hospital}`;
const accountId = (hospital: number, number: number): string => `staff_${hospital}_${number}`;

/** The `which`th of a role at a hospital. */
export function staff(role: AccountRole, hospital: number, which = 0): AccountPrincipal {
  const numbers = ROLES.flatMap((each, number) => (each === role ? [number] : []));
  const number = numbers[which % numbers.length];
  if (number === undefined) throw new RangeError(`no ${role} in these hospitals`);
  const id = accountId(hospital, number);
  return {
    kind: 'account',
    principalId: accountPrincipalId(id),
    accountId: id,
    name: id,
    roles: [role],
    institutionId: hospitalId(hospital),
  };
}

/** In SQL, for case number `n` of hospital `h`: where its specialist is. Four hospitals have those who are asked by all. */
export const SPECIALISTS_HOSPITAL = sql`n / 20 % 4`;
export const SPECIALIST = sql`'staff_' || ${SPECIALISTS_HOSPITAL} || '_' || 6 + n / 80 % 5`;
export const DOCTOR = sql`'staff_' || h || '_' || n % 6`;
export const SONOGRAPHER = sql`'staff_' || h || '_' || 11 + n % 2`;

/** Twenty hospitals with twenty people each, and what they have set up for themselves. */
export async function addStaff(db: Database): Promise<void> {
  const hospitals = Array.from({ length: HOSPITALS }, (_, hospital) => hospital);
  const everybody = hospitals.flatMap((hospital) =>
    ROLES.map((role, number) => ({ hospital, number, role, id: accountId(hospital, number) })),
  );
  await db
    .insert(institution)
    .values(hospitals.map((hospital) => ({ id: hospitalId(hospital), name: `第${hospital}人民医院` })));
  await db.insert(account).values(
    everybody.map(({ id, role, hospital }) => ({
      id,
      username: id,
      displayName: id,
      passwordHash: 'none',
      roles: [role],
      institutionId: hospitalId(hospital),
    })),
  );
  await db.insert(practitioner).values(
    everybody
      .filter(({ role }) => role !== 'administrator' && role !== 'dispatcher')
      .map(({ id, number, role }) => ({
        accountId: id,
        realName: `李${number}`,
        title: '主任医师',
        licenceNumber: '110000000000001',
        specialties:
          role === 'specialist' ? [...(SPECIALTIES[number - ROLES.indexOf('specialist')] ?? [])] : [],
      })),
  );
  const byHospital = hospitals.map((hospital) => ({
    id: `of_${hospital}`,
    institutionId: hospitalId(hospital),
    createdBy: accountId(hospital, 0),
  }));
  await db
    .insert(department)
    .values(byHospital.map(({ id, institutionId }) => ({ id, institutionId, name: '内科' })));
  await db
    .insert(webhook)
    .values(byHospital.map((each) => ({ ...each, url: 'https://hospital.example/hook', secret: 'none' })));
  await db
    .insert(questionnaire)
    .values(byHospital.map((each) => ({ ...each, key: 'triage', version: 1, definition: {} })));
}

import { count, eq } from 'drizzle-orm';
import { newId, type AccountPrincipal } from '../../identity/index.ts';
import type { Specialty } from '../../signaling/contract/index.ts';
import {
  type account,
  department,
  patient,
  practitioner,
  type Database,
  type Transaction,
} from '../../storage/index.ts';
import { residentIdCheck, type NewPatient } from '../model/people/index.ts';
import type { People } from '../people/index.ts';
import { principalOf, withDemoAccounts } from './accounts.ts';

interface DemoPractitioner {
  title: string;
  department: string;
  specialties: Specialty[];
  introduction?: string;
}

/** By user name of the demo hospital; names are those of the accounts. Nobody of them is real, and no number is anybody's. */
const PRACTITIONERS: Record<string, DemoPractitioner> = {
  wang: { title: '主治医师', department: '全科医学科', specialties: ['general_practice'] },
  li: {
    title: '主任医师',
    department: '超声医学科',
    specialties: ['ultrasound', 'gastroenterology'],
    introduction: '从事腹部超声诊断二十余年，擅长肝胆胰疾病的超声与超声造影。',
  },
  lin: {
    title: '副主任医师',
    department: '放射科',
    specialties: ['radiology', 'ultrasound'],
    introduction: '腹部与胸部影像诊断，诊断中心复核医师。',
  },
  zhao: { title: '主管技师', department: '超声科', specialties: ['ultrasound'] },
  sun: { title: '主管护师', department: '全科医学科', specialties: [] },
  chen: { title: '副主任医师', department: '普外科', specialties: ['general_surgery'] },
  gao: {
    title: '主任医师',
    department: '泌尿外科',
    specialties: ['urology'],
    introduction: '机器人与腹腔镜泌尿外科手术。',
  },
  wu: {
    title: '主任医师',
    department: '普通外科',
    specialties: ['general_surgery', 'gastroenterology'],
    introduction: '腔镜肝胆手术带教专家。',
  },
  he: { title: '主治医师', department: '麻醉科', specialties: ['anaesthesiology'] },
  feng: { title: '主管药师', department: '药剂科', specialties: [] },
  zhou: { title: '调度员', department: '远程医疗中心', specialties: [] },
  ma: { title: '调度员', department: '远程医疗中心', specialties: [] },
};

/** A number that passes every check and was never given out: no county has the code 532900. */
const residentId = (birthDate: string, sequence: string): string => {
  const digits = `532900${birthDate.replaceAll('-', '')}${sequence}`;
  return digits + residentIdCheck(digits);
};

/** Among them two who are likely one, a family name that is read in its own way, and a child. No telephone begins with 100. */
function demoPatients(atMs: number): NewPatient[] {
  const fourYearsAgo = new Date(atMs).getUTCFullYear() - 4;
  return [
    {
      name: '张桂华',
      idKind: 'resident_id',
      idNumber: residentId('1963-02-21', '042'),
      phone: '10055550101',
    },
    { name: '张桂花', sex: 'female', birthDate: '1963-02-21', phone: '10055550101' },
    {
      name: '单小明',
      idKind: 'resident_id',
      idNumber: residentId('1988-09-05', '131'),
      phone: '10055550102',
    },
    {
      name: '岩温罕',
      sex: 'male',
      birthDate: `${fourYearsAgo}-06-01`,
      guardian: { name: '玉香', relation: '母亲', phone: '10055550103' },
    },
    {
      name: '和玉兰',
      idKind: 'resident_id',
      idNumber: residentId('1947-05-16', '228'),
      phone: '10055550104',
    },
    { name: '杨国强', sex: 'male', birthDate: '1971-01-30', phone: '10055550105' },
  ];
}

/**
 * What the people of the demo hospital are by profession, and patients of the county's. After `seedDemo`, however often and by however many
 * nodes: what is there already is left as it is.
 */
export async function seedDemoPeople({
  db,
  people,
  now = Date.now,
}: {
  db: Database;
  people: People;
  now?: () => number;
}): Promise<void> {
  await withDemoAccounts(db, Object.keys(PRACTITIONERS), async (tx, accounts) => {
    for (const person of accounts.values()) await seedPractitioner(tx, person);
    const wang = accounts.get('wang');
    if (wang) await seedPatients(tx, people, principalOf(wang), now());
  });
}

async function seedPractitioner(tx: Transaction, person: typeof account.$inferSelect): Promise<void> {
  const { department: name, introduction = null, ...details } = PRACTITIONERS[person.username]!;
  const { institutionId } = person;
  await tx.insert(department).values({ id: newId(), institutionId, name }).onConflictDoNothing();
  const departments = await tx.select().from(department).where(eq(department.institutionId, institutionId));
  await tx
    .insert(practitioner)
    .values({
      ...details,
      accountId: person.id,
      realName: person.displayName,
      // 示范: a licence that says itself that it is none.
      licenceNumber: `DEMO-${person.username.toUpperCase()}`,
      departmentId: departments.find((each) => each.name === name)!.id,
      introduction,
    })
    .onConflictDoNothing();
}

/** As wang would register them, but only where nobody is registered yet. The lock is ours: no other node does the same meanwhile. */
async function seedPatients(
  tx: Transaction,
  people: People,
  wang: AccountPrincipal,
  atMs: number,
): Promise<void> {
  const [known] = await tx
    .select({ patients: count() })
    .from(patient)
    .where(eq(patient.institutionId, wang.institutionId));
  if (known!.patients > 0) return;
  for (const input of demoPatients(atMs)) await people.patients.register(wang, input);
}

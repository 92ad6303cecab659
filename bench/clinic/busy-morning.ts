import { emptyConsult } from '../../src/lib/clinic/model/consult/consult-data.ts';
import { newOutpatient } from '../../src/lib/clinic/model/outpatient/outpatient-data.ts';
import { newId } from '../../src/lib/identity/index.ts';
import type { AccountRole } from '../../src/lib/signaling/contract/index.ts';
import {
  account,
  caseLink,
  caseParticipant,
  clinicalCase,
  institution,
  patient,
  queueEntry,
  type Database,
} from '../../src/lib/storage/index.ts';
import { openSession } from './sessions.ts';

/** Done when: 200 patients in queues, 20 dispatchers on the board. */
const DOCTORS = 10;
const WAITING_EACH = 20;
/** Who come while others leave. */
const LATER_EACH = 6;
const DISPATCHERS = 20;
const CARDS = 60;

const MINUTE_MS = 60_000;
const REQUEST = {
  reason: '右上腹痛三天',
  purpose: '明确诊断，指导治疗',
  summary: '女，65 岁。右上腹痛三天，伴发热，墨菲征阳性。'.repeat(5),
  specialty: 'general_surgery',
} as const;

/** Somebody with an account, and the session of their browser. */
export interface Colleague {
  accountId: string;
  token: string;
}

export interface Visit {
  caseId: string;
  /** Of the patient's phone. */
  token: string;
}

export interface BusyMorning {
  /** On the board. */
  dispatchers: Colleague[];
  /** Their queue is open before them; in its order, and who checks in later. */
  doctors: (Colleague & { waiting: Visit[]; later: Visit[] })[];
  nurse: Colleague;
  /** They take the steps of consults, each on the page of a case. */
  asking: Colleague & { patientIds: string[] };
  deciding: Colleague;
  asked: Colleague;
  request: typeof REQUEST;
}

/** A county hospital's queues and a dispatch centre's board, in an empty database. */
export async function beginMorning(db: Database): Promise<BusyMorning> {
  await db.insert(institution).values([
    { id: 'county', name: '县人民医院' },
    { id: 'city', name: '市中心医院' },
  ]);
  const hire = async (role: AccountRole, institutionId: string, number = 0): Promise<Colleague> => {
    const accountId = `${role}_${institutionId}_${number}`;
    await db.insert(account).values({
      id: accountId,
      username: accountId,
      displayName: accountId,
      passwordHash: 'none',
      roles: [role],
      institutionId,
    });
    return { accountId, token: await openSession(db, { accountId }) };
  };
  const [nurse, asking, deciding, asked] = [
    await hire('nurse', 'county'),
    await hire('rural_doctor', 'county', 99),
    await hire('dispatcher', 'city', 99),
    await hire('specialist', 'city'),
  ];
  const dispatchers: Colleague[] = [];
  for (let number = 0; number < DISPATCHERS; number++)
    dispatchers.push(await hire('dispatcher', 'city', number));

  const register = async (): Promise<string> => {
    const id = newId();
    await db.insert(patient).values({
      ...{ id, institutionId: 'county', name: '张桂华', pinyin: 'zhangguihua', pinyinInitials: 'zgh' },
      ...{ sex: 'female', birthDate: '1961-03-02', idKind: 'none', createdBy: asking.accountId },
    });
    return id;
  };
  const nowMs = Date.now();
  const openVisit = async (doctorId: string, number: number): Promise<Visit> => {
    const [caseId, patientId, linkId] = [newId(), await register(), newId()];
    const isWaiting = number < WAITING_EACH;
    const arrivedAtMs = nowMs - (WAITING_EACH - number) * MINUTE_MS;
    await db.insert(clinicalCase).values({
      ...{
        id: caseId,
        kind: 'outpatient',
        state: isWaiting ? 'waiting' : 'booked',
        urgency: 'routine',
        patientId,
      },
      ...{ institutionId: 'county', requestedBy: nurse.accountId, version: 1 },
      data: { ...newOutpatient('高血压复诊'), doctorId, checkedInAtMs: isWaiting ? arrivedAtMs : null },
    });
    await db.insert(caseParticipant).values({ caseId, accountId: doctorId, function: 'clinic_doctor' });
    if (isWaiting)
      await db.insert(queueEntry).values({
        ...{ caseId, institutionId: 'county', doctorId, rank: arrivedAtMs, arrivedAt: new Date(arrivedAtMs) },
      });
    await db.insert(caseLink).values({
      ...{ id: linkId, tokenHash: linkId, caseId, patientId, createdBy: nurse.accountId },
      ...{ expiresAt: new Date(nowMs + 240 * MINUTE_MS), redeemedAt: new Date(nowMs) },
    });
    return { caseId, token: await openSession(db, { caseLinkId: linkId }) };
  };
  const doctors: BusyMorning['doctors'] = [];
  for (let number = 0; number < DOCTORS; number++) {
    const doctor = await hire('rural_doctor', 'county', number);
    const visits: Visit[] = [];
    for (let each = 0; each < WAITING_EACH + LATER_EACH; each++)
      visits.push(await openVisit(doctor.accountId, each));
    doctors.push({ ...doctor, waiting: visits.slice(0, WAITING_EACH), later: visits.slice(WAITING_EACH) });
  }

  const patientIds: string[] = [];
  for (let number = 0; number < 20; number++) patientIds.push(await register());
  const states = ['requested', 'matched', 'accepted', 'in_session', 'concluded'];
  await db.insert(clinicalCase).values(
    Array.from({ length: CARDS }, (_, number) => ({
      ...{ id: newId(), kind: 'consult' as const, state: states[number % states.length] ?? 'requested' },
      ...{ urgency: 'routine' as const, patientId: patientIds[number % patientIds.length] ?? '' },
      ...{ institutionId: 'county', requestedBy: asking.accountId, version: 1 },
      ...{ data: { ...emptyConsult, request: REQUEST }, dueAt: new Date(nowMs + 60 * MINUTE_MS) },
    })),
  );
  return {
    dispatchers,
    doctors,
    nurse,
    asking: { ...asking, patientIds },
    deciding,
    asked,
    request: REQUEST,
  };
}

import { and, arrayContains, arrayOverlaps, count, eq, isNull, sql } from 'drizzle-orm';
import type { Specialty } from '../../signaling/contract/index.ts';
import {
  account,
  caseParticipant,
  clinicalCase,
  institution,
  practitioner,
  type Database,
} from '../../storage/index.ts';

export interface CandidateWish {
  /** Null: of any specialty. */
  specialty: Specialty | null;
  /** Where free time is looked for; a week from now unless said. */
  fromMs?: number;
  toMs?: number;
}

export interface FreeTime {
  slotId: string;
  startsAtMs: number;
  endsAtMs: number;
}

export interface Candidate {
  accountId: string;
  realName: string;
  title: string;
  institutionName: string;
  specialties: Specialty[];
  /** The first few published slots that nobody has booked. */
  free: FreeTime[];
  /** Consults that are theirs and not over. */
  load: number;
}

const MOST_CANDIDATES = 50;
const SLOTS_SHOWN = 6;
const WEEK_MS = 7 * 24 * 3_600_000;

/** Specialists with a practitioner's record (real name, licence, title), by the next free slot, then by how much they have to do. */
export async function candidatesFor(
  db: Database,
  { specialty, fromMs, toMs }: CandidateWish,
  nowMs: number,
): Promise<Candidate[]> {
  const from = new Date(Math.max(fromMs ?? nowMs, nowMs));
  const to = new Date(toMs ?? from.getTime() + WEEK_MS);
  const free = sql<FreeTime[] | null>`(
    SELECT json_agg(json_build_object('slotId', s.id, 'startsAtMs', extract(epoch FROM s.starts_at) * 1000,
      'endsAtMs', extract(epoch FROM s.ends_at) * 1000) ORDER BY s.starts_at)
    FROM (
      SELECT slot.id, slot.starts_at, slot.ends_at FROM slot
      WHERE slot.account_id = ${practitioner.accountId} AND slot.service = 'consult' AND slot.state = 'open'
        AND slot.starts_at > ${from} AND slot.starts_at < ${to}
        AND NOT EXISTS (
          SELECT 1 FROM appointment WHERE appointment.slot_id = slot.id AND appointment.state <> 'cancelled')
      ORDER BY slot.starts_at LIMIT ${SLOTS_SHOWN}
    ) s)`;
  // Of everybody at once, from the few that are open: one by one it would go through all that each has ever had. "Offset 0" has who takes part
  // in each of these looked up, and not everybody's part in everything read.
  const taking = db
    .select({ accountId: caseParticipant.accountId, function: caseParticipant.function })
    .from(caseParticipant)
    .where(eq(caseParticipant.caseId, clinicalCase.id));
  const loads = db
    .select({ accountId: sql<string>`taking.account_id`.as('specialist_id'), load: count().as('load') })
    .from(clinicalCase)
    .innerJoinLateral(sql`(${taking} OFFSET 0) taking`, sql`taking.function = 'specialist'`)
    .where(and(eq(clinicalCase.kind, 'consult'), isNull(clinicalCase.closedAt)))
    .groupBy(sql`taking.account_id`)
    .as('loads');
  const rows = await db
    .select({
      accountId: practitioner.accountId,
      realName: practitioner.realName,
      title: practitioner.title,
      institutionName: institution.name,
      specialties: practitioner.specialties,
      free,
      load: sql<number>`coalesce(${loads.load}, 0)::int`,
    })
    .from(practitioner)
    .innerJoin(account, eq(account.id, practitioner.accountId))
    .innerJoin(institution, eq(institution.id, account.institutionId))
    .leftJoin(loads, eq(loads.accountId, practitioner.accountId))
    .where(
      and(
        isNull(account.disabledAt),
        arrayOverlaps(account.roles, ['specialist']),
        specialty === null ? undefined : arrayContains(practitioner.specialties, [specialty]),
      ),
    );
  const next = (candidate: Candidate): number => candidate.free[0]?.startsAtMs ?? Infinity;
  return rows
    .map((row): Candidate => ({ ...row, free: row.free ?? [] }))
    .sort((a, b) => compare(next(a), next(b)) || a.load - b.load || compare(a.accountId, b.accountId))
    .slice(0, MOST_CANDIDATES);
}

const compare = <T extends number | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

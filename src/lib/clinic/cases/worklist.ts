import { and, asc, eq, isNull, sql, type SQL } from 'drizzle-orm';
import type { CaseKind } from '../../signaling/contract/index.ts';
import { clinicalCase, patient, type Database } from '../../storage/index.ts';
import { maskName } from '../model/mask.ts';
import { ageYears } from '../model/people/age.ts';
import { viewOf, type CaseView } from './case-view.ts';

export interface WorklistRow extends CaseView {
  patient: { maskedName: string; sex: 'female' | 'male' | 'unknown'; ageYears: number | null };
  /** Since it was asked for. */
  ageMinutes: number;
}

const MOST_LISTED = 200;
const PRIORITY = sql`CASE ${clinicalCase.urgency} WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END`;

/** Open cases of one kind in these states: the most urgent first, then by when they are to be, or were asked for. As a query, so that its plan can be looked at. */
export function byPriority(
  db: Database,
  { kind, states, where }: { kind: CaseKind; states: readonly string[]; where?: SQL | undefined },
) {
  return db
    .select({ row: clinicalCase, name: patient.name, sex: patient.sex, birthDate: patient.birthDate })
    .from(clinicalCase)
    .innerJoin(patient, eq(patient.id, clinicalCase.patientId))
    .where(
      and(
        eq(clinicalCase.kind, kind),
        isNull(clinicalCase.closedAt),
        sql`${clinicalCase.state} = ANY(${sql.param([...states])}::text[])`,
        where,
      ),
    )
    .orderBy(
      PRIORITY,
      sql`coalesce(${clinicalCase.scheduledAt}, ${clinicalCase.createdAt})`,
      asc(clinicalCase.id),
    )
    .limit(MOST_LISTED);
}

export async function worklist(query: ReturnType<typeof byPriority>, atMs: number): Promise<WorklistRow[]> {
  return (await query).map(({ row, name, sex, birthDate }) => ({
    ...viewOf(row),
    patient: {
      maskedName: maskName(name),
      sex,
      ageYears: birthDate === null ? null : ageYears(birthDate, atMs),
    },
    ageMinutes: Math.floor((atMs - row.createdAt.getTime()) / 60_000),
  }));
}

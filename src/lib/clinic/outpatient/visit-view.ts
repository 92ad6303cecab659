import { eq } from 'drizzle-orm';
import { account, patient, practitioner, type Database } from '../../storage/index.ts';
import type { CaseRow } from '../cases/effects.ts';
import { GUARDIAN_BELOW_YEARS, type OutpatientData } from '../model/outpatient/outpatient-data.ts';
import type { PrescriptionLine } from '../model/outpatient/prescription.ts';
import { ageYears } from '../model/people/age.ts';
import type { Words } from '../model/questionnaire/index.ts';
import type { QueuePlace } from './queue-board.ts';

/** A visit as the patient sees it: where it stands, and of what was written only what a doctor has signed. */
export interface VisitForPatient {
  caseId: string;
  state: string;
  version: number;
  reason: string;
  /** The steps that this person could take now. */
  actions: string[];
  /** Why a person looks at it first. */
  redFlags: Words[];
  proof: { proven: boolean; refused: string | null };
  doctor: { name: string; title: string | null } | null;
  booking: { startsAtMs: number; endsAtMs: number } | null;
  place: QueuePlace | null;
  /** While the doctor is there. */
  roomId: string | null;
  guardianNeeded: boolean;
  /** In fen; null until it is known. */
  amountFen: number | null;
  note: string | null;
  /** Once a pharmacist has approved it. */
  prescription: PrescriptionLine[] | null;
  followUp: { afterDays: number | null; instructions: string | null } | null;
}

export async function visitOf(
  db: Database,
  row: CaseRow,
  actions: string[],
  asked: Promise<QueuePlace | null>,
  nowMs: number,
): Promise<VisitForPatient> {
  const data = row.data as OutpatientData;
  const [[of], doctor, place] = await Promise.all([
    db.select({ birthDate: patient.birthDate }).from(patient).where(eq(patient.id, row.patientId)),
    data.doctorId === null ? null : doctorOf(db, data.doctorId),
    asked,
  ]);
  const { signed, pharmacy, feeFen, followUp } = data;
  const isPriced = signed !== null && row.state !== 'pharmacy' && row.state !== 'returned';
  return {
    caseId: row.id,
    state: row.state,
    version: row.version,
    reason: data.reason,
    actions,
    redFlags: [data.triage, data.preConsult].flatMap(
      (each) => each?.outcome.redFlags.map(({ message }) => message) ?? [],
    ),
    proof: { proven: data.proof !== null, refused: data.proofRefused },
    doctor,
    booking: data.booking && { startsAtMs: data.booking.startsAtMs, endsAtMs: data.booking.endsAtMs },
    place,
    roomId: row.state === 'in_visit' ? row.roomId : null,
    guardianNeeded: !!of?.birthDate && ageYears(of.birthDate, nowMs) < GUARDIAN_BELOW_YEARS,
    amountFen: isPriced ? feeFen.visit + feeFen.medicines : null,
    note: signed && data.note ? data.note.text : null,
    prescription: pharmacy?.approved ? (data.prescription?.lines ?? null) : null,
    followUp: followUp && { afterDays: followUp.afterDays, instructions: followUp.instructions },
  };
}

/** Under the real name, where it is on record. */
async function doctorOf(db: Database, accountId: string): Promise<VisitForPatient['doctor']> {
  const [found] = await db
    .select({ name: account.displayName, realName: practitioner.realName, title: practitioner.title })
    .from(account)
    .leftJoin(practitioner, eq(practitioner.accountId, account.id))
    .where(eq(account.id, accountId));
  return found ? { name: found.realName ?? found.name, title: found.title } : null;
}

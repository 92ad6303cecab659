import { and, asc, desc, eq, inArray, or } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { newId, type Principal } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import {
  account,
  appointment,
  caseLink,
  clinicalCase,
  patient,
  patientMerge,
  type Database,
  type Transaction,
} from '../../storage/index.ts';
import { permit } from './access.ts';
import { areTwoPeople } from './look-alikes.ts';
import type { PatientRow } from './patient-view.ts';

export interface MergeView {
  mergeId: string;
  keptId: string;
  keptName: string;
  mergedId: string;
  mergedName: string;
  movedCaseIds: string[];
  mergedBy: string;
  mergedAtMs: number;
  undoneAtMs: number | null;
}

/**
 * Two records of one patient made one, and two again. A case is moved whole, with what hangs on it; its history is not touched, because it tells
 * of the person, not of the record.
 */
export class PatientMerges {
  readonly #db: Database;
  readonly #now: () => number;

  constructor({ db, now }: { db: Database; now: () => number }) {
    this.#db = db;
    this.#now = now;
  }

  /**
   * The cases of `mergedId` become cases of `keptId`, and it is found as that one.
   * @throws {HubError} forbidden, not_found, invalid_message (a record with itself), conflict (one of them is part of another already, or
   *   their resident ids differ)
   */
  async merge(
    principal: Principal,
    { keptId, mergedId }: { keptId: string; mergedId: string },
  ): Promise<{ mergeId: string; movedCaseIds: string[] }> {
    const { accountId, institutionId } = permit(principal, 'patient.merge');
    if (keptId === mergedId) throw new HubError('invalid_message', 'a record cannot be merged with itself');
    return this.#db.transaction(async (tx) => {
      const records = await locked(tx, [keptId, mergedId], institutionId);
      const [kept, merged] = [records.get(keptId), records.get(mergedId)];
      if (!kept || !merged) throw new HubError('not_found', 'no such patient of this institution');
      // Whatever is merged into must itself stand: so no chain can close to a ring.
      if (kept.mergedInto !== null || merged.mergedInto !== null)
        throw new HubError('conflict', 'one of these records is part of another already');
      if (areTwoPeople(kept, merged))
        throw new HubError('conflict', 'their resident ids are those of two people');
      const moved = await tx
        .select({ id: clinicalCase.id })
        .from(clinicalCase)
        .where(eq(clinicalCase.patientId, mergedId))
        .orderBy(asc(clinicalCase.id))
        .for('update');
      const movedCaseIds = moved.map(({ id }) => id);
      await give(tx, movedCaseIds, keptId);
      await tx.update(patient).set({ mergedInto: keptId }).where(eq(patient.id, mergedId));
      const mergeId = newId();
      await tx.insert(patientMerge).values({
        id: mergeId,
        keptId,
        mergedId,
        movedCaseIds,
        mergedBy: accountId,
        mergedAt: new Date(this.#now()),
      });
      return { mergeId, movedCaseIds };
    });
  }

  /**
   * Gives back exactly what was moved; what came to the kept record later stays there.
   * @throws {HubError} forbidden, not_found, conflict (undone already; the kept record has been merged on, which is to be undone first; or a
   *   moved case is another patient's by now)
   */
  async undo(principal: Principal, mergeId: string): Promise<void> {
    const { accountId, institutionId } = permit(principal, 'patient.merge');
    await this.#db.transaction(async (tx) => {
      const [found] = await tx.select().from(patientMerge).where(eq(patientMerge.id, mergeId)).for('update');
      const records = found && (await locked(tx, [found.keptId, found.mergedId], institutionId));
      const kept = found && records?.get(found.keptId);
      if (!found || !kept) throw new HubError('not_found', 'no such merge at this institution');
      if (found.undoneAt !== null) throw new HubError('conflict', 'this merge has been undone already');
      if (kept.mergedInto !== null)
        throw new HubError('conflict', 'the kept record has been merged into another; undo that first');
      const still = await tx
        .select({ id: clinicalCase.id })
        .from(clinicalCase)
        .where(and(inArray(clinicalCase.id, found.movedCaseIds), eq(clinicalCase.patientId, found.keptId)))
        .orderBy(asc(clinicalCase.id))
        .for('update');
      if (still.length !== found.movedCaseIds.length)
        throw new HubError('conflict', 'a case that was moved is another patient’s by now');
      await give(tx, found.movedCaseIds, found.mergedId);
      await tx.update(patient).set({ mergedInto: null }).where(eq(patient.id, found.mergedId));
      await tx
        .update(patientMerge)
        .set({ undoneBy: accountId, undoneAt: new Date(this.#now()) })
        .where(eq(patientMerge.id, mergeId));
    });
  }

  /** What was merged with a record, or undone, the latest first. @throws {HubError} forbidden */
  async list(principal: Principal, patientId: string): Promise<MergeView[]> {
    const { institutionId } = permit(principal, 'patient.merge');
    const kept = alias(patient, 'kept');
    const merged = alias(patient, 'merged');
    const rows = await this.#db
      .select({
        mergeId: patientMerge.id,
        keptId: patientMerge.keptId,
        keptName: kept.name,
        mergedId: patientMerge.mergedId,
        mergedName: merged.name,
        movedCaseIds: patientMerge.movedCaseIds,
        mergedBy: account.displayName,
        mergedAt: patientMerge.mergedAt,
        undoneAt: patientMerge.undoneAt,
      })
      .from(patientMerge)
      .innerJoin(kept, and(eq(kept.id, patientMerge.keptId), eq(kept.institutionId, institutionId)))
      .innerJoin(merged, eq(merged.id, patientMerge.mergedId))
      .innerJoin(account, eq(account.id, patientMerge.mergedBy))
      .where(or(eq(patientMerge.keptId, patientId), eq(patientMerge.mergedId, patientId)))
      .orderBy(desc(patientMerge.mergedAt), desc(patientMerge.id));
    return rows.map(({ mergedAt, undoneAt, ...row }) => ({
      ...row,
      mergedAtMs: mergedAt.getTime(),
      undoneAtMs: undoneAt?.getTime() ?? null,
    }));
  }
}

/** In one order, so that two merges at once wait for each other instead of for ever. */
async function locked(
  tx: Transaction,
  patientIds: string[],
  institutionId: string,
): Promise<Map<string, PatientRow>> {
  const rows = await tx
    .select()
    .from(patient)
    .where(and(inArray(patient.id, patientIds), eq(patient.institutionId, institutionId)))
    .orderBy(asc(patient.id))
    // Not against the keys that other rows point at: whoever has locked a case may still add to it, and then lets it go.
    .for('no key update');
  return new Map(rows.map((row) => [row.id, row]));
}

/** The cases, and what names their patient beside them. */
async function give(tx: Transaction, caseIds: string[], patientId: string): Promise<void> {
  if (caseIds.length === 0) return;
  await tx.update(clinicalCase).set({ patientId }).where(inArray(clinicalCase.id, caseIds));
  await tx.update(appointment).set({ patientId }).where(inArray(appointment.caseId, caseIds));
  await tx.update(caseLink).set({ patientId }).where(inArray(caseLink.caseId, caseIds));
}

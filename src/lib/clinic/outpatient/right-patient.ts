import { and, eq, isNull } from 'drizzle-orm';
import { HubError } from '../../signaling/contract/index.ts';
import { patient, type Transaction } from '../../storage/index.ts';

/** @throws {HubError} not_found: the institution has no such patient, or the record is another's by now */
export async function ownPatient(tx: Transaction, patientId: string, institutionId: string): Promise<void> {
  const [own] = await tx
    .select({ id: patient.id })
    .from(patient)
    .where(
      and(eq(patient.id, patientId), eq(patient.institutionId, institutionId), isNull(patient.mergedInto)),
    )
    // A merge that is under way is waited for.
    .for('share');
  if (!own) throw new HubError('not_found', 'no such patient of this institution');
}

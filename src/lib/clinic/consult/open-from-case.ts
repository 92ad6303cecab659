import type { Specialty } from '../../signaling/contract/index.ts';
import type { Cases } from '../cases/cases.ts';
import type { EffectContext } from '../cases/effects.ts';

export interface EmergencyConsult {
  /** The doctor beside the patient, who becomes the consult's local doctor. */
  requestedBy: string;
  reason: string;
  purpose: string;
  summary: string;
  /** Null: whoever can come first. */
  specialty: Specialty | null;
}

/**
 * For effects of a visit or an exam: it becomes an emergency consult in the same transaction, which stands before the dispatchers at once with
 * the shortest clock. Call `tell` in the effect's `afterCommit`.
 * @throws {HubError} invalid_message
 */
export async function openFromCase(
  cases: Pick<Cases, 'openWithin' | 'takeWithin'>,
  { tx, row, actor }: Pick<EffectContext, 'tx' | 'row' | 'actor'>,
  { requestedBy, ...asked }: EmergencyConsult,
): Promise<{ consultId: string; tell: () => void }> {
  const { patientId, institutionId } = row;
  const { caseId: consultId } = await cases.openWithin(
    tx,
    { kind: 'consult', patientId, urgency: 'emergency', input: {} },
    { institutionId, requestedBy },
    actor,
  );
  const input = { ...asked, linkedCaseId: row.id };
  const { tell } = await cases.takeWithin(tx, consultId, 'submitEmergency', input, actor);
  return { consultId, tell };
}

import { eq } from 'drizzle-orm';
import { caseEvent, clinicalCase, type Transaction } from '../../storage/index.ts';
import type { Actor, CaseRow } from './effects.ts';

/**
 * Writes down what happened in a case beside its workflow's steps, in the transaction that does it. The state stays; the version does not, so
 * that nobody takes a step without having seen it. `row` must have been locked in this transaction.
 */
export async function writeHappening(
  tx: Transaction,
  row: CaseRow,
  { id, name }: Pick<Actor, 'id' | 'name'>,
  happening: { type: string; data: object; at: Date },
): Promise<CaseRow> {
  const { at } = happening;
  const next: CaseRow = { ...row, version: row.version + 1, updatedAt: at };
  await tx
    .update(clinicalCase)
    .set({ version: next.version, updatedAt: at })
    .where(eq(clinicalCase.id, row.id));
  await tx.insert(caseEvent).values({
    ...happening,
    ...{ caseId: row.id, seq: next.version, state: row.state, actorId: id, actorName: name },
  });
  return next;
}

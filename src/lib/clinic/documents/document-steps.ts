import { and, eq } from 'drizzle-orm';
import { newId } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import { caseDocument, type Transaction } from '../../storage/index.ts';
import type { CaseRow } from '../cases/effects.ts';
import { unwritten, type SectionedKind } from '../model/documents/document-kinds.ts';

/**
 * For effects: the draft becomes final, and one that was final before gives way to it. Returns the document's id.
 * @throws {HubError} out_of_order: nothing was written, or a required section is empty
 */
export async function finaliseDocument(
  tx: Transaction,
  { id: caseId }: Pick<CaseRow, 'id'>,
  { kind, by, atMs }: { kind: SectionedKind; by: string | null; atMs: number },
): Promise<string> {
  const [draft] = await tx
    .select()
    .from(caseDocument)
    .where(and(eq(caseDocument.caseId, caseId), eq(caseDocument.kind, kind), eq(caseDocument.state, 'draft')))
    .for('update');
  if (!draft) throw new HubError('out_of_order', `no ${kind} was written`);
  const missing = unwritten(kind, draft.sections);
  if (missing.length > 0) throw new HubError('out_of_order', `not written: ${missing.join(', ')}`);
  await tx
    .update(caseDocument)
    .set({ state: 'superseded' })
    .where(
      and(eq(caseDocument.caseId, caseId), eq(caseDocument.kind, kind), eq(caseDocument.state, 'final')),
    );
  await tx
    .update(caseDocument)
    .set({ state: 'final', finalBy: by, finalAt: new Date(atMs), updatedAt: new Date(atMs) })
    .where(eq(caseDocument.id, draft.id));
  return draft.id;
}

/**
 * For effects: a new draft with the text of the final document, which stays as it is until the new one is final. Returns the draft's id.
 * @throws {HubError} out_of_order: there is no final one; conflict: it is being rewritten already
 */
export async function reopenDocument(
  tx: Transaction,
  { id: caseId }: Pick<CaseRow, 'id'>,
  { kind, atMs }: { kind: SectionedKind; atMs: number },
): Promise<string> {
  const rows = await tx
    .select()
    .from(caseDocument)
    .where(and(eq(caseDocument.caseId, caseId), eq(caseDocument.kind, kind)));
  const final = rows.find(({ state }) => state === 'final');
  if (!final) throw new HubError('out_of_order', `there is no final ${kind}`);
  if (rows.some(({ state }) => state === 'draft')) throw new HubError('conflict', 'it is being rewritten');
  const id = newId();
  const at = new Date(atMs);
  await tx.insert(caseDocument).values({
    id,
    caseId,
    kind,
    sections: final.sections,
    body: { supersedes: final.id },
    version: 1,
    createdAt: at,
    updatedAt: at,
  });
  return id;
}

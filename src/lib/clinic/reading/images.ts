import { and, eq, inArray, isNull, or } from 'drizzle-orm';
import { HubError, type ImageRef } from '../../signaling/contract/index.ts';
import { boxRecord, caseAttachment, caseEvent, clinicalCase, type Transaction } from '../../storage/index.ts';
import type { CaseRow } from '../cases/effects.ts';
import { countsAt } from '../model/exam/identification.ts';
import type { ReadingData } from '../model/reading/reading-data.ts';
import type { ExamData } from '../model/workflows/exam.ts';

/**
 * That every picture is this patient's: a file of the case or of its exam, or what the exam's box captured while both ends had confirmed patient
 * and side.
 * @throws {HubError} not_found: not of this case; conflict: taken at another time
 */
export async function checkImages(tx: Transaction, row: CaseRow, images: readonly ImageRef[]): Promise<void> {
  const { examCaseId } = row.data as ReadingData;
  await checkAttachments(tx, [row.id, ...(examCaseId ? [examCaseId] : [])], images);
  const captures = images.filter((image) => image.kind === 'capture');
  if (captures.length === 0) return;
  if (!examCaseId) throw new HubError('not_found', 'captures come from an exam');
  await checkCaptures(tx, examCaseId, captures);
}

async function checkAttachments(
  tx: Transaction,
  caseIds: string[],
  images: readonly ImageRef[],
): Promise<void> {
  const wanted = new Set(
    images.flatMap((image) => (image.kind === 'attachment' ? [image.attachmentId] : [])),
  );
  if (wanted.size === 0) return;
  const found = await tx
    .select({ id: caseAttachment.id })
    .from(caseAttachment)
    .where(
      and(
        inArray(caseAttachment.id, [...wanted]),
        inArray(caseAttachment.caseId, caseIds),
        isNull(caseAttachment.removedAt),
      ),
    );
  if (found.length < wanted.size) throw new HubError('not_found', 'no such file in this case');
}

async function checkCaptures(
  tx: Transaction,
  examCaseId: string,
  captures: Extract<ImageRef, { kind: 'capture' }>[],
): Promise<void> {
  const roomIds = await roomsOf(tx, examCaseId);
  if (roomIds.length === 0) throw new HubError('not_found', 'the exam has had no room');
  const [exam] = await tx.select().from(clinicalCase).where(eq(clinicalCase.id, examCaseId));
  const rows = await tx
    .select({
      boxId: boxRecord.boxId,
      outboxId: boxRecord.outboxId,
      number: boxRecord.number,
      takenAt: boxRecord.takenAt,
    })
    .from(boxRecord)
    .where(
      and(
        eq(boxRecord.kind, 'capture'),
        inArray(boxRecord.roomId, roomIds),
        or(
          ...captures.map(({ boxId, outboxId, number }) =>
            and(eq(boxRecord.boxId, boxId), eq(boxRecord.outboxId, outboxId), eq(boxRecord.number, number)),
          ),
        ),
      ),
    );
  const { identification } = exam!.data as ExamData;
  for (const { boxId, outboxId, number } of captures) {
    const found = rows.find(
      (each) => each.boxId === boxId && each.outboxId === outboxId && each.number === number,
    );
    if (!found) throw new HubError('not_found', 'no such capture of this exam');
    if (!found.takenAt || !countsAt(identification, found.takenAt.getTime()))
      throw new HubError('conflict', 'captured while patient and side were not confirmed at both ends');
  }
}

/** Every room that the exam has had. */
async function roomsOf(tx: Transaction, caseId: string): Promise<string[]> {
  const rows = await tx
    .select({ data: caseEvent.data })
    .from(caseEvent)
    .where(and(eq(caseEvent.caseId, caseId), eq(caseEvent.type, 'openRoom')));
  return rows.flatMap(({ data }) => {
    const { roomId } = data as { roomId?: unknown };
    return typeof roomId === 'string' ? [roomId] : [];
  });
}

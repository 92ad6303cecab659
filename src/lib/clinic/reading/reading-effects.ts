import { and, eq, inArray, isNull } from 'drizzle-orm';
import { newId } from '../../identity/index.ts';
import { HubError, type CaseFunction, type ImageRef } from '../../signaling/contract/index.ts';
import {
  aiSuggestion,
  caseDocument,
  caseParticipant,
  clinicalCase,
  practitioner,
} from '../../storage/index.ts';
import type { CaseRow, EffectContext, EffectResult, Effects } from '../cases/effects.ts';
import { emptySections } from '../model/documents/document-kinds.ts';
import { readersOf, type ReadingData } from '../model/reading/reading-data.ts';
import { isSenior, READER_SPECIALTIES } from '../model/reading/readers.ts';
import type { ExamData } from '../model/workflows/exam.ts';
import { checkImages } from './images.ts';

const dataOf = (row: CaseRow): ReadingData => row.data as ReadingData;

/** The exam that it comes from is of the same patient, part and side. */
async function opened({ tx, row }: EffectContext): Promise<EffectResult> {
  const { examCaseId, study } = dataOf(row);
  if (examCaseId !== null) {
    const [source] = await tx
      .select()
      .from(clinicalCase)
      .where(
        and(
          eq(clinicalCase.id, examCaseId),
          eq(clinicalCase.kind, 'exam'),
          eq(clinicalCase.institutionId, row.institutionId),
        ),
      );
    if (!source) throw new HubError('not_found', 'no such exam');
    if (source.patientId !== row.patientId) throw new HubError('conflict', 'the exam is of another patient');
    const { order, identification } = source.data as ExamData;
    if (order.modality !== study.modality || order.bodyPart !== study.bodyPart)
      throw new HubError('conflict', 'the exam is of another part');
    if (identification.laterality !== study.laterality)
      throw new HubError('conflict', 'the exam is of the other side');
  }
  return { columns: { laterality: study.laterality } };
}

const claim =
  (as: CaseFunction, { seniorOnly = false } = {}) =>
  async ({ tx, row, actor }: EffectContext): Promise<EffectResult> => {
    const { accountId } = actor;
    if (accountId === null) throw new HubError('forbidden', 'people read');
    const [reader] = await tx.select().from(practitioner).where(eq(practitioner.accountId, accountId));
    if (!reader?.licenceNumber) throw new HubError('forbidden', 'no licence is on record');
    const subject = READER_SPECIALTIES[dataOf(row).study.modality];
    if (!reader.specialties.some((specialty) => subject.includes(specialty)))
      throw new HubError('forbidden', 'pictures of another subject');
    if (seniorOnly && !isSenior(reader.title)) throw new HubError('forbidden', 'a senior decides');
    const isGuest = actor.institutionId !== row.institutionId;
    return {
      columns: {
        guestInstitutionId: row.guestInstitutionId ?? (isGuest ? actor.institutionId : null),
      },
      join: [{ accountId, function: as }],
    };
  };

/** Who has it in hand no more, and has not read it, takes no part. */
async function laidBack({ tx, row }: EffectContext): Promise<EffectResult> {
  const readers = new Set(readersOf(dataOf(row)));
  const people = await tx
    .select({ accountId: caseParticipant.accountId, function: caseParticipant.function })
    .from(caseParticipant)
    .where(
      and(eq(caseParticipant.caseId, row.id), inArray(caseParticipant.function, ['reader', 'second_reader'])),
    );
  return { leave: people.filter(({ accountId }) => !readers.has(accountId)) };
}

/** What a person concluded, as the document that its sender gets. */
async function reported({ tx, row, actor, atMs }: EffectContext): Promise<EffectResult> {
  const { result } = dataOf(row);
  if (row.state !== 'final' || !result) return {};
  const at = new Date(atMs);
  const by = actor.accountId ?? '';
  const written = (text: string) => ({ text, version: 1, by: result.by ?? by, atMs: result.atMs });
  const documentId = newId();
  // What somebody drafted beside the pictures gives way to what was concluded.
  await tx
    .update(caseDocument)
    .set({ state: 'superseded', finalBy: by, finalAt: at, updatedAt: at })
    .where(
      and(eq(caseDocument.caseId, row.id), eq(caseDocument.kind, 'report'), eq(caseDocument.state, 'draft')),
    );
  await tx.insert(caseDocument).values({
    id: documentId,
    caseId: row.id,
    kind: 'report',
    state: 'final',
    sections: {
      ...emptySections('report'),
      findings: written(result.findings),
      impression: written(result.impression),
    },
    body: {},
    version: 1,
    createdAt: at,
    updatedAt: at,
    finalBy: by,
    finalAt: at,
  });
  return { made: { documentId } };
}

async function decideSuggestion({ tx, row, actor, input, atMs }: EffectContext): Promise<EffectResult> {
  const { suggestionId, decision } = input as { suggestionId: string; decision: 'accepted' | 'rejected' };
  const decided = await tx
    .update(aiSuggestion)
    .set({ decision, decidedBy: actor.accountId, decidedAt: new Date(atMs) })
    .where(
      and(eq(aiSuggestion.id, suggestionId), eq(aiSuggestion.caseId, row.id), isNull(aiSuggestion.decision)),
    )
    .returning({ id: aiSuggestion.id });
  if (decided.length === 0) throw new HubError('not_found', 'no such suggestion in this case');
  return {};
}

export const READING_EFFECTS: Effects = {
  'reading.opened': opened,
  'reading.submit': async ({ tx, row, input }) => {
    await checkImages(tx, row, (input as { images: ImageRef[] }).images);
    return {};
  },
  'reading.makeStat': async () => ({ columns: { urgency: 'emergency' } }),
  'reading.claim': claim('reader'),
  'reading.claimSecond': claim('second_reader'),
  'reading.claimAdjudication': claim('second_reader', { seniorOnly: true }),
  'reading.release': laidBack,
  'reading.expired': laidBack,
  'reading.returnPictures': laidBack,
  'reading.conclude': reported,
  'reading.agree': reported,
  'reading.adjudicate': reported,
  'reading.decideSuggestion': decideSuggestion,
};

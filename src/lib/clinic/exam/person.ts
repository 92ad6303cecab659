import { eq } from 'drizzle-orm';
import { patient } from '../../storage/index.ts';
import type { Knowledge } from '../cases/effects.ts';
import { maskName } from '../model/mask.ts';

/** Compared as people say and write it: no spaces, no case. */
const plain = (text: string): string => text.normalize('NFKC').replace(/\s+/g, '').toLowerCase();

/**
 * Whether what somebody says of the person fits the record of the case's patient. All that is said has to fit; `unknown`: only a document was
 * named, and the record holds none.
 */
export function personSaid(
  { name, idTail, shown }: { name?: unknown; idTail?: unknown; shown?: unknown },
  record: { name: string; idMasked: string | null },
): 'same' | 'other' | 'unknown' {
  const fits: boolean[] = [];
  if (typeof name === 'string') fits.push(plain(name) === plain(record.name));
  if (typeof idTail === 'string' && record.idMasked !== null)
    fits.push(plain(record.idMasked).endsWith(plain(idTail)));
  if (typeof shown === 'object' && shown !== null) {
    const { maskedName, maskedId } = shown as { maskedName?: unknown; maskedId?: unknown };
    fits.push(maskedName === maskName(record.name) && maskedId === (record.idMasked ?? ''));
  }
  if (fits.length === 0) return 'unknown';
  return fits.every(Boolean) ? 'same' : 'other';
}

const compare: Knowledge[string] = async ({ tx, row, input }) => {
  const [record] = await tx
    .select({ name: patient.name, idMasked: patient.idMasked })
    .from(patient)
    .where(eq(patient.id, row.patientId));
  return { person: record ? personSaid(input as object, record) : 'other' };
};

export const EXAM_KNOWLEDGE: Knowledge = {
  'exam.confirmAtBedside': compare,
  'exam.confirmFarEnd': compare,
};

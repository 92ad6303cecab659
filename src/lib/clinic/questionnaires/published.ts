import { and, eq } from 'drizzle-orm';
import { questionnaire, type Transaction } from '../../storage/index.ts';
import { preConsult, triage, type Questionnaire } from '../model/questionnaire/index.ts';

/** What every clinic asks, with what the hub brings for one that has published nothing of its own. */
export const BUILT_IN = { triage, 'pre-consult': preConsult } as const satisfies Record<
  string,
  Questionnaire
>;
export type BuiltInKey = keyof typeof BUILT_IN;

/** What an institution asks now; its own, or the hub's (whose id is null). */
export async function publishedQuestionnaire(
  tx: Pick<Transaction, 'select'>,
  institutionId: string,
  key: BuiltInKey,
): Promise<{ questionnaireId: string | null; questionnaire: Questionnaire }> {
  const [own] = await tx
    .select({ id: questionnaire.id, definition: questionnaire.definition })
    .from(questionnaire)
    .where(
      and(
        eq(questionnaire.institutionId, institutionId),
        eq(questionnaire.key, key),
        eq(questionnaire.state, 'published'),
      ),
    );
  return own
    ? { questionnaireId: own.id, questionnaire: own.definition as Questionnaire }
    : { questionnaireId: null, questionnaire: BUILT_IN[key] };
}

/** What somebody was asked who has answered already: a version never changes, whatever was published since. */
export async function answeredQuestionnaire(
  tx: Pick<Transaction, 'select'>,
  key: BuiltInKey,
  questionnaireId: string | null,
): Promise<Questionnaire> {
  if (questionnaireId === null) return BUILT_IN[key];
  const [asked] = await tx
    .select({ definition: questionnaire.definition })
    .from(questionnaire)
    .where(eq(questionnaire.id, questionnaireId));
  return (asked?.definition as Questionnaire | undefined) ?? BUILT_IN[key];
}

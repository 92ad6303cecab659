import { and, desc, eq, isNotNull, ne } from 'drizzle-orm';
import type { z } from 'zod';
import { HubError } from '../../signaling/contract/index.ts';
import { clinicalCase, patient, slot, type Transaction } from '../../storage/index.ts';
import { ageYears } from '../model/people/age.ts';
import type { CaseRow, Knowledge } from '../cases/effects.ts';
import { INPUTS } from '../model/outpatient/outpatient-data.ts';
import { read, type Outcome, type PatientFacts } from '../model/questionnaire/index.ts';
import { publishedQuestionnaire, type BuiltInKey } from '../questionnaires/published.ts';
import { ageMonths } from './age.ts';

/** A visit here that took place: the proof of a first visit. Of the case's patient unless another is named. */
async function earlierCaseOf(
  tx: Transaction,
  { id, institutionId }: CaseRow,
  patientId: string,
): Promise<string | null> {
  const [found] = await tx
    .select({ id: clinicalCase.id })
    .from(clinicalCase)
    .where(
      and(
        eq(clinicalCase.patientId, patientId),
        eq(clinicalCase.institutionId, institutionId),
        eq(clinicalCase.kind, 'outpatient'),
        eq(clinicalCase.state, 'closed'),
        isNotNull(clinicalCase.closedAt),
        ne(clinicalCase.id, id),
      ),
    )
    .orderBy(desc(clinicalCase.createdAt))
    .limit(1);
  return found?.id ?? null;
}

async function patientOf(tx: Transaction, patientId: string) {
  const [found] = await tx
    .select({ birthDate: patient.birthDate, sex: patient.sex })
    .from(patient)
    .where(eq(patient.id, patientId));
  if (!found) throw new HubError('not_found', 'no such patient');
  return found;
}

/** What answers mean is said by the hub, from what is published, not by who gives them. */
async function outcomeOf(
  tx: Transaction,
  row: CaseRow,
  key: BuiltInKey,
  input: unknown,
  nowMs: number,
): Promise<Outcome> {
  const answers = INPUTS.answer.shape.answers.safeParse((input as { answers?: unknown }).answers);
  if (!answers.success) throw new HubError('invalid_message', 'answers: not of the right form');
  const { birthDate, sex } = await patientOf(tx, row.patientId);
  const facts: PatientFacts = { ageMonths: birthDate === null ? null : ageMonths(birthDate, nowMs), sex };
  const { questionnaireId, questionnaire } = await publishedQuestionnaire(tx, row.institutionId, key);
  const reading = read(questionnaire, answers.data, facts);
  const [problem] = reading.problems;
  if (problem) throw new HubError('invalid_message', `answers.${problem.question}: ${problem.problem}`);
  // With a red flag up nothing more has to be answered.
  if (reading.missing.length > 0 && reading.redFlags.length === 0)
    throw new HubError('invalid_message', `answers: not answered yet: ${reading.missing.join(', ')}`);
  return {
    questionnaireId,
    redFlags: reading.redFlags.map(({ id, severity, message }) => ({ id, severity, message })),
    urgency: reading.urgency,
    specialty: reading.specialty,
  };
}

async function slotOf(tx: Transaction, input: unknown): Promise<z.output<typeof INPUTS.book>['slot']> {
  const { slotId } = input as { slotId?: unknown };
  const [found] =
    typeof slotId === 'string'
      ? await tx
          .select()
          .from(slot)
          .where(and(eq(slot.id, slotId), eq(slot.service, 'outpatient')))
      : [];
  if (!found) throw new HubError('not_found', 'no such slot of this service');
  const { accountId, startsAt, endsAt } = found;
  return { doctorId: accountId, startsAtMs: startsAt.getTime(), endsAtMs: endsAt.getTime() };
}

/** What the hub adds to the steps of a visit. */
export function outpatientKnowledge(now: () => number): Knowledge {
  return {
    'outpatient.answerTriage': async ({ tx, row, input }) => ({
      outcome: await outcomeOf(tx, row, 'triage', input, now()),
      earlierCaseId: null,
    }),
    'outpatient.answerPreConsult': async ({ tx, row, input }) => ({
      outcome: await outcomeOf(tx, row, 'pre-consult', input, now()),
      earlierCaseId: await earlierCaseOf(tx, row, row.patientId),
    }),
    'outpatient.claimFirstVisit': async ({ tx, row }) => ({
      earlierCaseId: await earlierCaseOf(tx, row, row.patientId),
    }),
    'outpatient.book': async ({ tx, input }) => ({ slot: await slotOf(tx, input) }),
    'outpatient.reschedule': async ({ tx, input }) => ({ slot: await slotOf(tx, input) }),
    'outpatient.checkIdentity': async ({ tx, row }) => {
      const { birthDate } = await patientOf(tx, row.patientId);
      return { ageYears: birthDate === null ? null : ageYears(birthDate, now()) };
    },
    'outpatient.reidentify': async ({ tx, row, input }) => {
      const { patientId } = input as { patientId?: unknown };
      return {
        earlierCaseId: typeof patientId === 'string' ? await earlierCaseOf(tx, row, patientId) : null,
      };
    },
  };
}

import { error, fail } from '@sveltejs/kit';
import { z } from 'zod';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import { readersOf } from '$lib/clinic/model/reading/reading-data.ts';
import { caseIdSchema, isHubError } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { CLAIMS } from '$lib/ui/worklist/claims.ts';
import { ORDERS } from '$lib/ui/worklist/roles.ts';
import type { ExamLine, ReadingLine } from '$lib/ui/worklist/lines.ts';
import { signedIn } from '../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

/** Null: it is no list of theirs. */
async function ifTheirs<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (caught) {
    if (isHubError(caught) && caught.code === 'forbidden') return null;
    throw caught;
  }
}

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  const { clinic } = locals.hub;
  const [exams, readings] = await Promise.all([
    ifTheirs(clinic.exams.list(person)),
    ifTheirs(clinic.diagnosisCentre.worklist.list(person)),
  ]);
  const reads = person.roles.includes('specialist');
  if (exams === null && !reads) error(403, 'forbidden');
  return {
    exams: exams?.map(examLine) ?? null,
    readings: readings?.map((row) => readingLine(row, person)) ?? null,
    reads,
    mayOrder: person.roles.some((role) => ORDERS.includes(role)),
    nowMs: Date.now(),
  };
};

type Clinic = App.Locals['hub']['clinic'];
type ExamRow = Awaited<ReturnType<Clinic['exams']['list']>>[number];
type ReadingRow = Awaited<ReturnType<Clinic['diagnosisCentre']['worklist']['list']>>[number];

function examLine(row: ExamRow): ExamLine {
  const { caseId, state, urgency, patient, data, createdAtMs, dueAtMs, scheduledAtMs } = row;
  const { modality, bodyPart } = data.order;
  const { laterality } = data.identification;
  const hasExpert = data.expertId !== null;
  return {
    ...{ caseId, state, urgency, patient, modality, bodyPart, laterality },
    ...{ createdAtMs, dueAtMs, scheduledAtMs, hasExpert },
  };
}

function readingLine(row: ReadingRow, { accountId }: AccountPrincipal): ReadingLine {
  const { caseId, state, urgency, patient, data, version, createdAtMs, holderName, owedAtMs } = row;
  return {
    ...{ caseId, state, urgency, patient, version, createdAtMs, holderName, owedAtMs },
    ...data.study,
    imageCount: data.images.length,
    isMine: data.holderId === accountId,
    hasReadIt: readersOf(data).includes(accountId),
  };
}

const takeSchema = z.object({
  caseId: caseIdSchema,
  version: z.coerce.number().int().min(1),
  step: z.enum([...Object.values(CLAIMS), 'release']),
});

export const actions: Actions = {
  /** Takes a study into the own hand, or lays it back, if nobody else was there first. */
  take: async ({ request, locals }) => {
    const person = signedIn(locals);
    const form = takeSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { caseId, version, step } = form.data;
    try {
      return await locals.hub.clinic.cases.take(person, caseId, step, {}, { version });
    } catch (caught) {
      return formFailure(caught);
    }
  },
};

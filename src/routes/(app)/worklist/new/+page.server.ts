import { error, fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import type { ExamData } from '$lib/clinic/model/workflows/exam.ts';
import { caseIdSchema, isHubError, patientIdSchema, urgencySchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { jsonField } from '$lib/ui/people/json-field.ts';
import { ORDERS } from '$lib/ui/worklist/roles.ts';
import { signedIn } from '../../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const person = signedIn(locals);
  if (!person.roles.some((role) => ORDERS.includes(role))) error(403, 'forbidden');
  const nowMs = Date.now();
  const asked = url.searchParams.get('exam');
  if (asked === null) return { exam: null, nowMs };
  const caseId = caseIdSchema.safeParse(asked);
  if (!caseId.success) error(404, 'not_found');
  try {
    const found = await locals.hub.clinic.cases.get(person, caseId.data);
    if (found.kind !== 'exam' || found.institutionId !== person.institutionId) error(404, 'not_found');
    const { order, identification } = found.data as ExamData;
    const { modality, bodyPart, reason, question } = order;
    const study = { modality, bodyPart, laterality: identification.laterality, reason, question };
    return {
      exam: { caseId: found.caseId, patientId: found.patientId, urgency: found.urgency, study },
      nowMs,
    };
  } catch (caught) {
    if (isHubError(caught) && caught.code === 'not_found') error(404, 'not_found');
    throw caught;
  }
};

/** Ours: the longest order, with room for letters that JSON escapes. */
const MOST_CHARACTERS = 30_000;

const formSchema = z.object({
  patientId: patientIdSchema,
  urgency: urgencySchema,
  request: jsonField(MOST_CHARACTERS),
});

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const person = signedIn(locals);
    const form = formSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { patientId, urgency, request: input } = form.data;
    let caseId: string;
    try {
      caseId = await locals.hub.clinic.cases.open(person, { kind: 'reading', patientId, urgency, input });
    } catch (caught) {
      return formFailure(caught);
    }
    redirect(303, `/cases/${caseId}`);
  },
};

import { error, fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { patientIdSchema, urgencySchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { jsonField } from '$lib/ui/people/json-field.ts';
import { ORDERS } from '$lib/ui/worklist/roles.ts';
import { signedIn } from '../../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
  if (!signedIn(locals).roles.some((role) => ORDERS.includes(role))) error(403, 'forbidden');
  return { nowMs: Date.now() };
};

/** Ours: the longest order, with room for letters that JSON escapes. */
const MOST_CHARACTERS = 30_000;

const formSchema = z.object({
  patientId: patientIdSchema,
  urgency: urgencySchema,
  order: jsonField(MOST_CHARACTERS),
});

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const person = signedIn(locals);
    const form = formSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { patientId, urgency, order } = form.data;
    let caseId: string;
    try {
      caseId = await locals.hub.clinic.cases.open(person, { kind: 'exam', patientId, urgency, input: order });
    } catch (caught) {
      return formFailure(caught);
    }
    redirect(303, `/cases/${caseId}`);
  },
};

import { error, fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { patientIdSchema, urgencySchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
  if (!signedIn(locals).roles.includes('rural_doctor')) error(403, 'forbidden');
  return { nowMs: Date.now() };
};

const formSchema = z.object({
  patientId: patientIdSchema,
  urgency: urgencySchema,
  /** `submit`, or `save` to go on later. */
  intent: z.enum(['submit', 'save']),
  request: z
    .string()
    .max(20_000)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'no JSON' });
        return z.NEVER;
      }
    }),
});

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const person = signedIn(locals);
    const form = formSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { patientId, urgency, intent, request: said } = form.data;
    const { cases } = locals.hub.clinic;
    let caseId: string;
    try {
      caseId = await cases.open(person, { kind: 'consult', patientId, urgency, input: said });
      if (intent === 'submit') await cases.take(person, caseId, 'submit', said);
    } catch (caught) {
      return formFailure(caught);
    }
    redirect(303, `/cases/${caseId}`);
  },
};

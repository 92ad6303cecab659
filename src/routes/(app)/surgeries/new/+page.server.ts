import { error, fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { patientIdSchema, urgencySchema } from '$lib/signaling/contract/index.ts';
import { BOOKS_SURGERY } from '$lib/ui/case/surgery/roles.ts';
import { jsonField } from '$lib/ui/people/json-field.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { choicesFrom } from '../../cases/[caseId]/extras-surgery.ts';
import { signedIn } from '../../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const person = signedIn(locals);
  if (!person.roles.some((role) => BOOKS_SURGERY.includes(role))) error(403, 'forbidden');
  const accounts = await locals.hub.identity.accounts.list();
  return { people: choicesFrom(accounts, person.institutionId), nowMs: Date.now() };
};

/** Ours: the longest booking, with room for letters that JSON escapes. */
const MOST_CHARACTERS = 90_000;

const formSchema = z.object({
  patientId: patientIdSchema,
  urgency: urgencySchema,
  booking: jsonField(MOST_CHARACTERS),
});

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const person = signedIn(locals);
    const form = formSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { patientId, urgency, booking } = form.data;
    let caseId: string;
    try {
      caseId = await locals.hub.clinic.cases.open(person, {
        kind: 'surgery',
        patientId,
        urgency,
        input: booking,
      });
    } catch (caught) {
      return formFailure(caught);
    }
    redirect(303, `/cases/${caseId}`);
  },
};

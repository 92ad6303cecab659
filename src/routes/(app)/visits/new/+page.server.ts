import { error, fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { lineSchema, patientIdSchema, type AccountRole } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../signed-in.ts';
import type { Actions, PageServerLoad } from './$types';

const OPENING: readonly AccountRole[] = ['rural_doctor', 'specialist', 'nurse', 'dispatcher'];

export const load: PageServerLoad = ({ locals }) => {
  if (!signedIn(locals).roles.some((role) => OPENING.includes(role))) error(403, 'forbidden');
  return { nowMs: Date.now() };
};

const formSchema = z.object({ patientId: patientIdSchema, reason: lineSchema });

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const person = signedIn(locals);
    const form = formSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { patientId, reason } = form.data;
    let caseId: string;
    try {
      caseId = await locals.hub.clinic.cases.open(person, {
        kind: 'outpatient',
        patientId,
        urgency: 'routine',
        input: { reason },
      });
    } catch (caught) {
      return formFailure(caught);
    }
    redirect(303, `/cases/${caseId}`);
  },
};

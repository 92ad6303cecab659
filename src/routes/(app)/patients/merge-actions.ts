import { fail, type RequestEvent } from '@sveltejs/kit';
import { z } from 'zod';
import { patientIdSchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../signed-in.ts';

const pairSchema = z.object({ keptId: patientIdSchema, mergedId: patientIdSchema });
const mergeSchema = z.object({ mergeId: patientIdSchema });

/** Makes two records one; answers what is needed to say so and to undo it. */
export async function mergePatients({ request, locals }: RequestEvent) {
  const person = signedIn(locals);
  const form = pairSchema.safeParse(Object.fromEntries(await request.formData()));
  if (!form.success) return fail(400, { code: 'invalid_message' as const });
  try {
    const { mergeId, movedCaseIds } = await locals.hub.clinic.people.merges.merge(person, form.data);
    return { mergeId, movedCount: movedCaseIds.length };
  } catch (error) {
    return formFailure(error);
  }
}

export async function undoMerge({ request, locals }: RequestEvent) {
  const person = signedIn(locals);
  const form = mergeSchema.safeParse(Object.fromEntries(await request.formData()));
  if (!form.success) return fail(400, { code: 'invalid_message' as const });
  try {
    await locals.hub.clinic.people.merges.undo(person, form.data.mergeId);
    return {};
  } catch (error) {
    return formFailure(error);
  }
}

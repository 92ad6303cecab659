import { error, fail } from '@sveltejs/kit';
import { z } from 'zod';
import { attachmentIdSchema, isHubError } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../signed-in.ts';
import { EXTRAS } from './extras.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, depends }) => {
  depends('case');
  const person = signedIn(locals);
  const { clinic } = locals.hub;
  try {
    const found = await clinic.cases.get(person, params.caseId);
    const [history, patient, extras] = await Promise.all([
      clinic.cases.history(person, params.caseId),
      clinic.people.casePatients.ofCase(person, params.caseId),
      EXTRAS[found.kind]?.(locals.hub, person, found),
    ]);
    return { case: found, history, patient, extras, nowMs: Date.now() };
  } catch (caught) {
    if (isHubError(caught) && caught.code === 'not_found') error(404, 'not_found');
    throw caught;
  }
};

/** The longest step is an opinion of a few pages. */
const MOST_CHARACTERS = 64_000;

const stepSchema = z.object({
  step: z.string().regex(/^[A-Za-z]{1,40}$/),
  /** What the person saw; not given for what has to happen whatever was done a moment before (see `anyVersion`). */
  version: z.coerce.number().int().min(1).optional(),
  input: z
    .string()
    .max(MOST_CHARACTERS)
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
  removeAttachment: async ({ request, locals, params }) => {
    const person = signedIn(locals);
    const attachmentId = attachmentIdSchema.safeParse((await request.formData()).get('attachmentId'));
    if (!attachmentId.success) return fail(400, { code: 'invalid_message' as const });
    try {
      await locals.hub.clinic.attachments.remove(person, params.caseId, attachmentId.data);
    } catch (caught) {
      return formFailure(caught);
    }
    return {};
  },

  /** Takes one step of the case's workflow; with a version only if nobody has changed the case since this person looked. */
  step: async ({ request, locals, params }) => {
    const person = signedIn(locals);
    const form = stepSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { step, version, input } = form.data;
    try {
      return await locals.hub.clinic.cases.take(person, params.caseId, step, input, {
        ...(version !== undefined && { version }),
      });
    } catch (caught) {
      return formFailure(caught);
    }
  },
};

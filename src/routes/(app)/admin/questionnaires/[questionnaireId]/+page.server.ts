import { error, fail } from '@sveltejs/kit';
import { z } from 'zod';
import { jsonField } from '$lib/ui/people/json-field.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../../administrator.ts';
import type { Actions, PageServerLoad } from './$types';

/** A hundred questions with thirty options each, and what is around them. */
const MOST_CHARACTERS = 400_000;
const saveSchema = z.object({ definition: jsonField(MOST_CHARACTERS), basedOn: z.string().max(64) });
const publishSchema = saveSchema.pick({ basedOn: true });

export const load: PageServerLoad = async ({ locals, params }) => {
  const administrator = allowed(locals, 'account.manage');
  const all = await locals.hub.clinic.questionnaires.list(administrator);
  const found = all.find(({ questionnaireId }) => questionnaireId === params.questionnaireId);
  if (!found) error(404, 'not_found');
  return found;
};

export const actions: Actions = {
  save: async ({ request, locals, params }) => {
    const administrator = allowed(locals, 'account.manage');
    const form = saveSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { definition, basedOn } = form.data;
    try {
      const { questionnaires } = locals.hub.clinic;
      const { revision } = await questionnaires.save(
        administrator,
        params.questionnaireId,
        definition,
        basedOn,
      );
      return { revision };
    } catch (cause) {
      return formFailure(cause);
    }
  },
  publish: async ({ request, locals, params }) => {
    const administrator = allowed(locals, 'account.manage');
    const form = publishSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    try {
      const { questionnaires } = locals.hub.clinic;
      await questionnaires.publish(administrator, params.questionnaireId, form.data.basedOn);
      return {};
    } catch (cause) {
      return formFailure(cause);
    }
  },
  retire: async ({ locals, params }) => {
    const administrator = allowed(locals, 'account.manage');
    try {
      await locals.hub.clinic.questionnaires.retire(administrator, params.questionnaireId);
      return {};
    } catch (cause) {
      return formFailure(cause);
    }
  },
};

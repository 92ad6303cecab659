import { error, fail } from '@sveltejs/kit';
import { z } from 'zod';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import { jsonField } from '$lib/ui/people/json-field.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../../administrator.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

/** A hundred questions with thirty options each, and what is around them. */
const MOST_CHARACTERS = 400_000;
const saveSchema = z.object({ definition: jsonField(MOST_CHARACTERS), basedOn: z.string().max(64) });

export const load: PageServerLoad = async ({ locals, params }) => {
  const administrator = allowed(locals, 'account.manage');
  const all = await locals.hub.clinic.questionnaires.list(administrator);
  const found = all.find(({ questionnaireId }) => questionnaireId === params.questionnaireId);
  if (!found) error(404, 'not_found');
  return found;
};

type Questionnaires = App.Locals['hub']['clinic']['questionnaires'];

/** An action with this questionnaire; what the hub refuses is told by the page. */
const action =
  (run: (of: Questionnaires, administrator: AccountPrincipal, id: string) => Promise<void>) =>
  async ({ locals, params }: RequestEvent) => {
    const administrator = allowed(locals, 'account.manage');
    try {
      await run(locals.hub.clinic.questionnaires, administrator, params.questionnaireId);
      return {};
    } catch (cause) {
      return formFailure(cause);
    }
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
  publish: action((questionnaires, administrator, id) => questionnaires.publish(administrator, id)),
  retire: action((questionnaires, administrator, id) => questionnaires.retire(administrator, id)),
};

import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { preConsult, triage } from '$lib/clinic/model/questionnaire/index.ts';
import { questionnaireIdSchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../administrator.ts';
import type { Actions, PageServerLoad } from './$types';

const BUILT_IN = { triage, 'pre-consult': preConsult };

export const load: PageServerLoad = async ({ locals }) => {
  const administrator = allowed(locals, 'account.manage');
  const all = await locals.hub.clinic.questionnaires.list(administrator);
  return {
    nowMs: Date.now(),
    forms: Object.entries(BUILT_IN).map(([key, builtIn]) => {
      const versions = all.filter((each) => each.key === key);
      const asked = versions.find(({ state }) => state === 'published');
      return {
        key,
        title: (asked?.definition ?? builtIn).title,
        count: (asked?.definition ?? builtIn).questions.length,
        asked: asked ? { questionnaireId: asked.questionnaireId, version: asked.version } : null,
        draftId: versions.find(({ state }) => state === 'draft')?.questionnaireId ?? null,
        versions: versions.map(({ questionnaireId, version, state, createdAtMs, publishedAtMs }) => ({
          questionnaireId,
          version,
          state,
          atMs: publishedAtMs ?? createdAtMs,
        })),
      };
    }),
  };
};

/** What keys there are is known to the hub. */
const draftSchema = z.object({ key: z.string().max(64), from: questionnaireIdSchema.optional() });

export const actions: Actions = {
  draft: async ({ request, locals }) => {
    const administrator = allowed(locals, 'account.manage');
    const form = draftSchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { key, from = null } = form.data;
    try {
      const made = await locals.hub.clinic.questionnaires.draft(administrator, key, { from });
      return { questionnaireId: made.questionnaireId };
    } catch (error) {
      return formFailure(error);
    }
  },

  retire: async ({ request, locals }) => {
    const administrator = allowed(locals, 'account.manage');
    const id = questionnaireIdSchema.safeParse((await request.formData()).get('questionnaireId'));
    if (!id.success) return fail(400, { code: 'invalid_message' as const });
    try {
      await locals.hub.clinic.questionnaires.retire(administrator, id.data);
      return {};
    } catch (error) {
      return formFailure(error);
    }
  },
};

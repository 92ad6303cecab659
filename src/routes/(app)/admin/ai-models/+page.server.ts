import { fail } from '@sveltejs/kit';
import { aiModelIdSchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../administrator.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const administrator = allowed(locals, 'account.manage');
  return {
    models: await locals.hub.clinic.diagnosisCentre.models.list(administrator),
    origin: url.origin,
    nowMs: Date.now(),
  };
};

export const actions: Actions = {
  register: async ({ request, locals }) => {
    const administrator = allowed(locals, 'account.manage');
    const name = String((await request.formData()).get('name') ?? '').trim();
    try {
      const { token } = await locals.hub.clinic.diagnosisCentre.models.register(administrator, name);
      return { name, token };
    } catch (error) {
      return formFailure(error);
    }
  },

  revoke: async ({ request, locals }) => {
    const administrator = allowed(locals, 'account.manage');
    const modelId = aiModelIdSchema.safeParse((await request.formData()).get('modelId'));
    if (!modelId.success) return fail(400, { code: 'invalid_message' as const });
    try {
      await locals.hub.clinic.diagnosisCentre.models.revoke(administrator, modelId.data);
      return {};
    } catch (error) {
      return formFailure(error);
    }
  },
};

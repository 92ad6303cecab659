import { fail } from '@sveltejs/kit';
import { displayNameSchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../administrator.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const admin = allowed(locals, 'box.manage');
  const { fleet } = locals.hub;
  const [boxes, institutions] = await Promise.all([fleet.list(admin), fleet.institutions()]);
  return { boxes, institutions, nowMs: Date.now() };
};

export const actions: Actions = {
  code: async ({ request, locals }) => {
    const { institutionId } = allowed(locals, 'box.manage');
    const name = displayNameSchema.safeParse((await request.formData()).get('name'));
    if (!name.success) return fail(400, { code: 'invalid_message' as const });
    try {
      const made = await locals.hub.identity.boxes.createEnrolmentCode({ institutionId, name: name.data });
      return { made: { code: made.code, expiresAtMs: made.expiresAtMs } };
    } catch (error) {
      return formFailure(error);
    }
  },
};

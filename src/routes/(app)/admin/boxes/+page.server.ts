import { fail } from '@sveltejs/kit';
import { boxIdSchema, displayNameSchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../administrator.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const { institutionId } = allowed(locals, 'box.manage');
  return { boxes: await locals.hub.identity.boxes.list(institutionId), nowMs: Date.now() };
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

  revoke: async ({ request, locals }) => {
    const { institutionId } = allowed(locals, 'box.manage');
    const boxId = boxIdSchema.safeParse((await request.formData()).get('boxId'));
    if (!boxId.success) return fail(400, { code: 'invalid_message' as const });
    try {
      const own = await locals.hub.identity.boxes.list(institutionId);
      if (!own.some((box) => box.boxId === boxId.data)) return fail(404, { code: 'not_found' as const });
      await locals.hub.identity.boxes.revoke(boxId.data);
      return { revoked: true };
    } catch (error) {
      return formFailure(error);
    }
  },
};

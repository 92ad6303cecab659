import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { boxIdSchema, displayNameSchema, roomIdSchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../administrator.ts';
import type { Actions, PageServerLoad } from './$types';

const newKeySchema = z.strictObject({
  name: displayNameSchema,
  use: z.enum(['clinical', 'face', 'view']),
  /** `room:<id>` or `box:<id>` */
  target: z
    .string()
    .max(80)
    .transform((value) => value.split(':'))
    .pipe(
      z.union([
        z.tuple([z.literal('room'), roomIdSchema]).transform(([, roomId]) => ({ roomId })),
        z.tuple([z.literal('box'), boxIdSchema]).transform(([, boxId]) => ({ boxId })),
      ]),
    ),
  validDays: z.coerce.number().int().min(1).max(365),
});

export const load: PageServerLoad = async ({ locals, url }) => {
  const { institutionId } = allowed(locals, 'box.manage');
  const { streamKeys } = locals.hub.identity;
  const [keys, targets] = await Promise.all([
    streamKeys.list(institutionId),
    streamKeys.targets(institutionId),
  ]);
  return { keys, targets, origin: url.origin, nowMs: Date.now() };
};

export const actions: Actions = {
  create: async ({ request, locals }) => {
    const { institutionId, accountId } = allowed(locals, 'box.manage');
    const form = newKeySchema.safeParse(Object.fromEntries(await request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    const { name, use, target, validDays } = form.data;
    try {
      const { token } = await locals.hub.identity.streamKeys.create({
        name,
        access: use === 'view' ? 'view' : 'publish',
        pictureClass: use === 'view' ? null : use,
        target,
        validDays,
        institutionId,
        createdBy: accountId,
      });
      return { made: { name, token, access: use === 'view' ? ('view' as const) : ('publish' as const) } };
    } catch (error) {
      return formFailure(error);
    }
  },

  revoke: async ({ request, locals }) => {
    const { institutionId } = allowed(locals, 'box.manage');
    const keyId = boxIdSchema.safeParse((await request.formData()).get('keyId'));
    if (!keyId.success) return fail(400, { code: 'invalid_message' as const });
    try {
      const revoked = await locals.hub.identity.streamKeys.revoke(keyId.data, institutionId);
      return revoked ? { revoked } : fail(404, { code: 'not_found' as const });
    } catch (error) {
      return formFailure(error);
    }
  },
};

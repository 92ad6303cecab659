import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { accountRoleSchema, displayNameSchema } from '$lib/signaling/contract/index.ts';
import { newPasswordSchema, usernameSchema } from '$lib/signaling/contract/rest.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../administrator.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const { institutionId } = allowed(locals, 'account.manage');
  const accounts = await locals.hub.identity.accounts.list();
  return { accounts: accounts.filter((account) => account.institutionId === institutionId) };
};

const newAccountSchema = z.object({
  name: displayNameSchema,
  username: usernameSchema,
  password: newPasswordSchema,
  roles: z.array(accountRoleSchema).min(1).max(12),
});

export const actions: Actions = {
  create: async ({ request, locals }) => {
    const { institutionId } = allowed(locals, 'account.manage');
    const form = await request.formData();
    const parsed = newAccountSchema.safeParse({
      ...Object.fromEntries(form),
      roles: form.getAll('roles'),
    });
    if (!parsed.success) {
      return fail(400, { code: 'invalid_message' as const, field: String(parsed.error.issues[0]?.path[0]) });
    }
    try {
      await locals.hub.identity.accounts.create({ ...parsed.data, institutionId });
      return { created: parsed.data.name };
    } catch (error) {
      return formFailure(error);
    }
  },
};

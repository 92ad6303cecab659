import { fail, type RequestEvent } from '@sveltejs/kit';
import { z } from 'zod';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import { accountIdSchema, departmentIdSchema } from '$lib/signaling/contract/index.ts';
import { jsonField } from '$lib/ui/people/json-field.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../administrator.ts';
import type { Actions, PageServerLoad } from './$types';

/** An introduction of the greatest length, escaped, and what is around it. */
const MOST_CHARACTERS = 32_000;

export const load: PageServerLoad = async ({ locals }) => {
  const administrator = allowed(locals, 'account.manage');
  const { identity, clinic } = locals.hub;
  const [accounts, colleagues, departments] = await Promise.all([
    identity.accounts.list(),
    clinic.people.practitioners.colleagues(administrator),
    clinic.people.departments.list(administrator),
  ]);
  const described = new Map(colleagues.map((each) => [each.accountId, each]));
  return {
    staff: accounts
      .filter(({ institutionId }) => institutionId === administrator.institutionId)
      .map(({ accountId, name, roles }) => ({
        accountId,
        name,
        roles,
        practitioner: described.get(accountId) ?? null,
      })),
    departments,
  };
};

const describeSchema = z.object({ accountId: accountIdSchema, practitioner: jsonField(MOST_CHARACTERS) });
/** What names may be is known to the hub. */
const addSchema = z.object({ name: z.string().max(200) });
const renameSchema = addSchema.extend({ departmentId: departmentIdSchema });

/** An action of the administrator with what a form holds; what the hub refuses is told by the form. */
function action<T extends z.ZodType>(
  schema: T,
  run: (administrator: AccountPrincipal, form: z.output<T>, event: RequestEvent) => Promise<unknown>,
) {
  return async (event: RequestEvent) => {
    const administrator = allowed(event.locals, 'account.manage');
    const form = schema.safeParse(Object.fromEntries(await event.request.formData()));
    if (!form.success) return fail(400, { code: 'invalid_message' as const });
    try {
      await run(administrator, form.data, event);
      return {};
    } catch (error) {
      return formFailure(error);
    }
  };
}

export const actions: Actions = {
  describe: action(describeSchema, (administrator, { accountId, practitioner }, { locals }) =>
    locals.hub.clinic.people.practitioners.describe(administrator, accountId, practitioner),
  ),
  addDepartment: action(addSchema, (administrator, { name }, { locals }) =>
    locals.hub.clinic.people.departments.add(administrator, name),
  ),
  renameDepartment: action(renameSchema, (administrator, { departmentId, name }, { locals }) =>
    locals.hub.clinic.people.departments.rename(administrator, departmentId, name),
  ),
};

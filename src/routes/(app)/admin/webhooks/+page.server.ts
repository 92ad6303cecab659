import { fail } from '@sveltejs/kit';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import { webhookIdSchema } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../administrator.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const administrator = allowed(locals, 'account.manage');
  return {
    webhooks: await locals.hub.clinic.reminders.webhooks.list(administrator),
    nowMs: Date.now(),
  };
};

type Webhooks = App.Locals['hub']['clinic']['reminders']['webhooks'];

/** Turns the webhook that a form names. */
const turn =
  (run: (webhooks: Webhooks, administrator: AccountPrincipal, webhookId: string) => Promise<void>) =>
  async ({ request, locals }: RequestEvent) => {
    const administrator = allowed(locals, 'account.manage');
    const webhookId = webhookIdSchema.safeParse((await request.formData()).get('webhookId'));
    if (!webhookId.success) return fail(400, { code: 'invalid_message' as const });
    try {
      await run(locals.hub.clinic.reminders.webhooks, administrator, webhookId.data);
      return {};
    } catch (error) {
      return formFailure(error);
    }
  };

export const actions: Actions = {
  add: async ({ request, locals }) => {
    const administrator = allowed(locals, 'account.manage');
    const url = String((await request.formData()).get('url') ?? '').trim();
    try {
      const { secret } = await locals.hub.clinic.reminders.webhooks.add(administrator, url);
      return { secret };
    } catch (error) {
      return formFailure(error);
    }
  },
  disable: turn((webhooks, administrator, webhookId) => webhooks.disable(administrator, webhookId)),
  enable: turn((webhooks, administrator, webhookId) => webhooks.enable(administrator, webhookId)),
};

import { error, fail } from '@sveltejs/kit';
import { boxConfigSchema, isHubError, type BoxConfig } from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../../../administrator.ts';
import type { Actions, PageServerLoad } from './$types';

/** Ours: the largest honest one, eight feeds and eight vitals sources, is below 10 kB. */
const MAX_DOCUMENT_CHARS = 65_536;
const EMPTY: BoxConfig = { video: [], audio: null, vitalsSlot: null, updateChannel: 'stable' };

export const load: PageServerLoad = async ({ locals, params }) => {
  const admin = allowed(locals, 'box.manage');
  try {
    const { name, document } = await locals.hub.fleet.configToChange(admin, params.boxId);
    return { boxId: params.boxId, name, config: document ?? EMPTY };
  } catch (cause) {
    if (isHubError(cause) && cause.code === 'not_found') error(404, 'not_found');
    throw cause;
  }
};

export const actions: Actions = {
  configure: async ({ request, locals, params }) => {
    const admin = allowed(locals, 'box.manage');
    const document = boxConfigSchema.safeParse(parsed((await request.formData()).get('document')));
    if (!document.success) return fail(400, { code: 'invalid_message' as const });
    try {
      return { version: await locals.hub.fleet.configure(admin, params.boxId, document.data) };
    } catch (cause) {
      return formFailure(cause);
    }
  },
};

function parsed(text: FormDataEntryValue | null): unknown {
  if (typeof text !== 'string' || text.length > MAX_DOCUMENT_CHARS) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

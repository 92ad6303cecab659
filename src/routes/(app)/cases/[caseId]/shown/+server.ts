import { json } from '@sveltejs/kit';
import { isHubError } from '$lib/signaling/contract/index.ts';
import type { SeenCase } from '$lib/ui/case/surgery/followed-case.svelte.ts';
import { statusOf } from '$lib/ui/shell/form-failure.ts';
import { signedIn } from '../../../signed-in.ts';
import type { RequestHandler } from './$types';

/** A case as this person may see it, for a page that stays as it is: a room. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const person = signedIn(locals);
  try {
    const shown = await locals.hub.clinic.cases.get(person, params.caseId);
    return json({ shown, me: person.accountId, nowMs: Date.now() } satisfies SeenCase);
  } catch (caught) {
    if (!isHubError(caught)) throw caught;
    return json({ code: caught.code }, { status: statusOf(caught.code) });
  }
};

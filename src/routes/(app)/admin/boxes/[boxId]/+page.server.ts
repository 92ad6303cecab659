import { error, fail } from '@sveltejs/kit';
import { z } from 'zod';
import type { AccountPrincipal } from '$lib/identity/principal.ts';
import {
  displayNameSchema,
  HEALTH_RANGES,
  isHubError,
  releaseVersionSchema,
} from '$lib/signaling/contract/index.ts';
import { formFailure } from '$lib/ui/shell/form-failure.ts';
import { allowed } from '../../administrator.ts';
import type { Action, Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async ({ locals, params, url }) => {
  const admin = allowed(locals, 'box.manage');
  const { fleet } = locals.hub;
  const range = z.enum(HEALTH_RANGES).catch('hour').parse(url.searchParams.get('range'));
  try {
    const [box, history, institutions] = await Promise.all([
      fleet.find(admin, params.boxId),
      fleet.history(admin, params.boxId, range),
      fleet.institutions(),
    ]);
    return { box, history, range, institutions, nowMs: Date.now() };
  } catch (cause) {
    if (isHubError(cause) && cause.code === 'not_found') error(404, 'not_found');
    throw cause;
  }
};

type Do = (
  fleet: RequestEvent['locals']['hub']['fleet'],
  admin: AccountPrincipal,
  boxId: string,
) => Promise<object | void>;

/** An action of an administrator, with one field that must be as `schema` says. */
function action<T>(
  field: { name: string; schema: z.ZodType<T> },
  run: (value: T, ...rest: Parameters<Do>) => Promise<object | void>,
): Action {
  return async (event) => {
    const value = field.schema.safeParse((await event.request.formData()).get(field.name));
    if (!value.success) return fail(400, { code: 'invalid_message' as const });
    return perform(event, (...rest) => run(value.data, ...rest));
  };
}

async function perform({ locals, params }: RequestEvent, run: Do) {
  const admin = allowed(locals, 'box.manage');
  try {
    return (await run(locals.hub.fleet, admin, params.boxId)) ?? { done: true };
  } catch (cause) {
    return formFailure(cause);
  }
}

export const actions: Actions = {
  rename: action({ name: 'name', schema: displayNameSchema }, (name, fleet, admin, boxId) =>
    fleet.rename(admin, boxId, name),
  ),
  move: action({ name: 'institutionId', schema: z.string().min(1).max(64) }, (to, fleet, admin, boxId) =>
    fleet.move(admin, boxId, to),
  ),
  restore: action(
    { name: 'version', schema: z.coerce.number().int().min(1) },
    async (version, fleet, admin, boxId) => ({ version: await fleet.restoreConfig(admin, boxId, version) }),
  ),
  update: action({ name: 'version', schema: releaseVersionSchema }, (version, fleet, admin, boxId) =>
    fleet.update(admin, boxId, version),
  ),
  code: (event) =>
    perform(event, async (fleet, admin, boxId) => ({ made: await fleet.newCode(admin, boxId) })),
  revoke: (event) => perform(event, (fleet, admin, boxId) => fleet.revoke(admin, boxId)),
  askLog: (event) => perform(event, (fleet, admin, boxId) => fleet.askForLog(admin, boxId)),
};

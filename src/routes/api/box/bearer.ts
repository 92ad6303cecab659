import type { BoxPrincipal } from '../../../lib/identity/principal.ts';
import { HubError } from '../../../lib/signaling/contract/errors.ts';

/** The box that a request comes from, by its short-lived token. @throws {HubError} unauthenticated */
export async function boxOf({
  request,
  locals,
}: {
  request: Request;
  locals: App.Locals;
}): Promise<BoxPrincipal> {
  const token = /^Bearer ([A-Za-z0-9_-]{1,256})$/.exec(request.headers.get('authorization') ?? '')?.[1];
  const box = token ? await locals.hub.identity.principalOfBoxToken(token) : null;
  if (!box) throw new HubError('unauthenticated');
  return box;
}

import { HubError } from '../../../lib/signaling/contract/errors.ts';
import { invitationTokenSchema } from '../../../lib/signaling/contract/rest.ts';
import { answering, readJson } from '../../api/json.ts';
import type { RequestHandler } from './$types';

/** Whose link it is (masked) and whether it was used, without using it up. A POST, so that the token is in no address. */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const { token } = await readJson(event, invitationTokenSchema, 'own pages');
    const look = await event.locals.hub.identity.caseLinks.look(token);
    if (!look) throw new HubError('not_found', 'there is no such link');
    return { status: look.status, name: look.name };
  });

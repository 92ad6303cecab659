import { HubError } from '../../../lib/signaling/contract/errors.ts';
import { invitationTokenSchema } from '../../../lib/signaling/contract/rest.ts';
import { answering, readJson } from '../json.ts';
import type { RequestHandler } from './$types';

/** What an invitation says, without using it up. A POST, so that the token is in no address. */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const { token } = await readJson(event, invitationTokenSchema, 'own pages');
    const look = await event.locals.hub.identity.invitations.look(token);
    if (!look) throw new HubError('not_found', 'there is no such invitation');
    return look;
  });

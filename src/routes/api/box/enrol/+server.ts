import { boxEnrolSchema } from '../../../../lib/signaling/contract/rest.ts';
import { answering, readJson } from '../../json.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = (event) =>
  answering(async () => {
    const { code, publicKey } = await readJson(event, boxEnrolSchema, 'anywhere');
    return event.locals.hub.identity.boxes.enrol({ code, publicKey }, { address: event.getClientAddress() });
  });

import { boxTokenProofSchema } from '../../../../lib/signaling/contract/rest.ts';
import { answering, readJson } from '../../json.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = (event) =>
  answering(async () => {
    const proof = await readJson(event, boxTokenProofSchema, 'anywhere');
    const { token, expiresAtMs } = await event.locals.hub.identity.boxes.issueToken(proof);
    return { token, expiresAt: expiresAtMs };
  });

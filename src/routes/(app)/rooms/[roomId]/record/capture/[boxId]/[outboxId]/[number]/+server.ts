import { z } from 'zod';
import { boxIdSchema, HubError, outboxIdSchema, roomIdSchema } from '$lib/signaling/contract/index.ts';
import { answering } from '../../../../../../../../api/json.ts';
import { ranged } from '../../../../../../../../api/ranged.ts';
import type { RequestHandler } from './$types';

const paramsSchema = z.object({
  roomId: roomIdSchema,
  boxId: boxIdSchema,
  outboxId: outboxIdSchema,
  number: z.coerce.number().int().min(1),
});

/** One capture of the room's record, for whoever may read that. */
export const GET: RequestHandler = ({ locals, params, request }) =>
  answering(async () => {
    const parsed = paramsSchema.safeParse(params);
    const { principal, hub } = locals;
    if (principal?.kind !== 'account' || !parsed.success) throw new HubError('not_found');
    const { roomId, ...key } = parsed.data;
    await hub.rooms.recordFor(principal, roomId);
    const { standingAt, mayReassign } = await hub.clinic.recordStandings.ofRoom(principal, roomId);
    const { capture, bytes, takenAtMs } = await hub.records.captureOf(roomId, key);
    // Of another patient, perhaps: for those only who may say whose it is.
    if (!mayReassign && standingAt(takenAtMs) !== 'counted') throw new HubError('not_found');
    const shown = /^(image|video)\//.test(capture.mediaType) ? 'inline' : 'attachment';
    return ranged(request, bytes, {
      'content-type': capture.mediaType,
      'content-disposition': `${shown}; filename="capture-${key.number}"`,
      // Whatever a device puts into a picture, it is only a picture.
      'content-security-policy': "default-src 'none'; sandbox",
    });
  });

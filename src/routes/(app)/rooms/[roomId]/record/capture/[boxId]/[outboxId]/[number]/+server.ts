import { z } from 'zod';
import { boxIdSchema, HubError, outboxIdSchema, roomIdSchema } from '$lib/signaling/contract/index.ts';
import { answering } from '../../../../../../../../api/json.ts';
import type { RequestHandler } from './$types';

const paramsSchema = z.object({
  roomId: roomIdSchema,
  boxId: boxIdSchema,
  outboxId: outboxIdSchema,
  number: z.coerce.number().int().min(1),
});

/** One capture of the room's record, for whoever may read that. */
export const GET: RequestHandler = ({ locals, params }) =>
  answering(async () => {
    const parsed = paramsSchema.safeParse(params);
    if (!locals.principal || !parsed.success) throw new HubError('not_found');
    const { roomId, ...key } = parsed.data;
    await locals.hub.rooms.recordFor(locals.principal, roomId);
    const { capture, bytes } = await locals.hub.records.captureOf(roomId, key);
    const shown = capture.mediaType.startsWith('image/') ? 'inline' : 'attachment';
    return new Response(new Uint8Array(bytes), {
      headers: {
        'content-type': capture.mediaType,
        'content-disposition': `${shown}; filename="capture-${key.number}"`,
        // Whatever a device puts into a picture, it is only a picture.
        'content-security-policy': "default-src 'none'; sandbox",
      },
    });
  });

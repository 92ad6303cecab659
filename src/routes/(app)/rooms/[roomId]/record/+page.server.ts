import { error } from '@sveltejs/kit';
import { isHubError, roomIdSchema } from '$lib/signaling/contract/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, depends }) => {
  depends('room:record');
  const { principal, hub } = locals;
  const roomId = roomIdSchema.safeParse(params.roomId);
  // The hooks let nobody in without a principal; a record that one may not read is not there.
  if (!principal || !roomId.success) error(404, 'not_found');
  try {
    const { title, kind, patient, status } = await hub.rooms.recordFor(principal, roomId.data);
    const record = await hub.records.ofRoom(roomId.data);
    return { roomId: roomId.data, title, kind, patient, ended: status === 'ended', record };
  } catch (cause) {
    if (!isHubError(cause)) throw cause;
    if (cause.code === 'unavailable') error(503, 'unavailable');
    error(404, 'not_found');
  }
};

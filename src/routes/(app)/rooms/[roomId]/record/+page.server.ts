import { error } from '@sveltejs/kit';
import type { RoomRecord } from '$lib/records/index.ts';
import { isHubError, roomIdSchema } from '$lib/signaling/contract/index.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, depends }) => {
  depends('room:record');
  const { principal, hub } = locals;
  const { recordStandings } = hub.clinic;
  const roomId = roomIdSchema.safeParse(params.roomId);
  // The hooks let nobody in without a principal; a record that one may not read is not there.
  if (principal?.kind !== 'account' || !roomId.success) error(404, 'not_found');
  try {
    const { title, kind, patient, status } = await hub.rooms.recordFor(principal, roomId.data);
    const { standingAt, mayReassign } = await recordStandings.ofRoom(principal, roomId.data);
    const whole = await hub.records.ofRoom(roomId.data, standingAt);
    const record = whole && (mayReassign ? whole : ofPatient(whole));
    return { roomId: roomId.data, title, kind, patient, ended: status === 'ended', record };
  } catch (cause) {
    if (!isHubError(cause)) throw cause;
    if (cause.code === 'unavailable') error(503, 'unavailable');
    error(404, 'not_found');
  }
};

/** What is not, or not surely, of this patient is shown to those only who may say whose it is. */
function ofPatient(record: RoomRecord): RoomRecord {
  return { ...record, captures: record.captures.filter(({ standing }) => standing === 'counted') };
}

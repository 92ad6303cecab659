import { boxPrincipalId } from '../../identity/index.ts';
import type { PatientStrip, RoomState } from '../../signaling/contract/index.ts';
import type { CallContext } from '../call.ts';
import { whileThere } from '../database-away.ts';

type HomeContext = Pick<CallContext, 'room' | 'services'>;

/** Stands for the member who did it where that is not known, or where it was no member. */
const NOBODY = 'nobody';

/**
 * Brings the live room in line with what the database says of it by now: it has ended, its patient is another, or nobody is sure who the patient
 * is. Whoever changed that there says only that something changed, so that a word lost or said twice does no harm.
 */
export async function followDatabase({ room, services }: HomeContext): Promise<void> {
  const record = await services.directory.find(room.roomId);
  if (!record) return;
  if (record.status === 'ended') return end({ room, services });
  const standing = await whileThere(() => services.cases.standing(room.roomId));
  // Without a case behind it, what was said in the room is all that there is.
  if (!standing) return;
  const { frozen } = standing;
  await room.commitWhenPossible((state) => {
    // In doubt nothing that was said of the side stands either.
    const patient = frozen ? record.patient : withKnownSide(record.patient, state.patient);
    return state.status === 'ended' || (frozen === isFrozen(state) && isSame(patient, state.patient))
      ? null
      : { type: 'patient.changed', data: { patient, frozen } };
  });
}

async function end({ room, services }: HomeContext): Promise<void> {
  const { boxes } = room.state;
  const ended = await room.commitWhenPossible((state) =>
    state.status === 'ended'
      ? null
      : { type: 'room.ended', data: { memberId: state.hostMemberId ?? NOBODY } },
  );
  if (ended !== null) sendEverybodyOut({ room, services }, Object.keys(boxes));
}

/** What follows from the end of a room: whoever is in it is told, its boxes are free, nothing flows any more. */
export function sendEverybodyOut({ room, services }: HomeContext, boxIds: readonly string[]): void {
  services.bus.notifyRoom(room.roomId, {
    type: 'room.dismissed',
    data: { roomId: room.roomId, reason: 'ended' },
  });
  for (const boxId of boxIds) {
    services.bus.notifyPrincipal(boxPrincipalId(boxId), { type: 'box.assigned', data: { roomId: null } });
  }
  room.media.close();
}

export const isFrozen = ({ frozenSinceMs }: RoomState): boolean => frozenSinceMs !== undefined;

const isSame = (one: PatientStrip | null, other: PatientStrip | null): boolean =>
  one === other ||
  (one !== null &&
    other !== null &&
    (Object.keys(one) as (keyof PatientStrip)[]).every((field) => one[field] === other[field]));

/** Where the database names no side, the one that was confirmed beside the same patient stands. */
function withKnownSide(patient: PatientStrip | null, shown: PatientStrip | null): PatientStrip | null {
  if (patient?.laterality !== 'unset' || !shown) return patient;
  const known = { ...patient, laterality: shown.laterality };
  return isSame(known, shown) ? known : patient;
}

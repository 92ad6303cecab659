import { HubError, type RoomState } from '../../signaling/contract/index.ts';
import type { RoomHandler } from '../call.ts';
import { whileThere } from '../database-away.ts';
import { isFrozen } from './follow.ts';

type Shown = { maskedName: string; maskedId: string };

/**
 * What somebody says beside the box counts for the room, and for the case behind it, so that nobody says it twice. The case goes first: where
 * it is for another side or patient, nothing is confirmed.
 */
export const confirmPatient: RoomHandler<'box.confirmPatient'> = async (
  { room, principal, services },
  { patient, laterality },
) => {
  refuseOther(room.state, patient);
  if (principal.kind === 'box') {
    const said = { shown: patient, laterality };
    const outcome = await whileThere(() => services.cases.confirmedAtBedside(room.roomId, principal, said));
    if (outcome === 'refused')
      throw new HubError('conflict', 'the case is for another side, or another patient');
  }
  await room.commit((state) => {
    const member = state.members[principal.principalId];
    if (!member) throw new HubError('not_a_member');
    refuseOther(state, patient);
    const { memberId, name } = member;
    return {
      type: 'patient.confirmed',
      data: { confirmation: { memberId, name, laterality, atMs: Date.now() } },
    };
  });
  return {};
};

function refuseOther(state: RoomState, shown: Shown): void {
  const { patient } = state;
  if (patient?.maskedName !== shown.maskedName || patient.maskedId !== shown.maskedId)
    throw new HubError('conflict', 'the room has another patient');
  if (isFrozen(state)) throw new HubError('conflict', 'who the patient is has to be settled first');
}

import { HubError } from '../../signaling/contract/index.ts';
import type { RoomHandler } from '../call.ts';

export const confirmPatient: RoomHandler<'box.confirmPatient'> = async (
  { room, principal },
  { patient, laterality },
) => {
  await room.commit((state) => {
    const member = state.members[principal.principalId];
    if (!member) throw new HubError('not_a_member');
    const named = state.patient;
    if (named?.maskedName !== patient.maskedName || named.maskedId !== patient.maskedId)
      throw new HubError('conflict', 'the room has another patient');
    const { memberId, name } = member;
    return {
      type: 'patient.confirmed',
      data: { confirmation: { memberId, name, laterality, atMs: Date.now() } },
    };
  });
  return {};
};

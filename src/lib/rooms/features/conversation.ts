import { HubError } from '../../signaling/contract/index.ts';
import type { RoomHandler } from '../call.ts';

export const sendChat: RoomHandler<'chat.send'> = async ({ room, principal }, { messageId, text }) => {
  const memberId = principal.principalId;
  const seq = await room.commit((state) => {
    const member = state.members[memberId];
    if (!member) throw new HubError('not_a_member');
    const earlier = state.chat.find((message) => message.messageId === messageId);
    if (earlier && earlier.memberId !== memberId) throw new HubError('conflict', 'the message id is taken');
    // Sent again after a lost acknowledgement: it is in, once.
    if (earlier) return null;
    return {
      type: 'chat.posted',
      data: { message: { messageId, memberId, name: member.name, text, atMs: Date.now() } },
    };
  });
  return { seq: seq ?? room.state.seq };
};

export const raiseHand: RoomHandler<'hand.raise'> = async ({ room, principal }, { raised }) => {
  const memberId = principal.principalId;
  await room.commit((state) => {
    const member = state.members[memberId];
    return member && member.handRaised !== raised
      ? { type: 'hand.raised', data: { memberId, raised } }
      : null;
  });
  return {};
};

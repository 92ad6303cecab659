import {
  capabilityFor,
  HubError,
  roomCapabilitiesOf,
  type RoomCapability,
  type RoomRequestType,
} from '../signaling/contract/index.ts';
import type { CallContext, RoomCall, RoomHandler } from './call.ts';
import { attachBox, detachBox } from './features/boxes.ts';
import { confirmPatient } from './features/confirm-patient.ts';
import { raiseHand, sendChat } from './features/conversation.ts';
import { keepPicture, pictureKept } from './features/keep-picture.ts';
import { join, leave, sync, withdraw } from './features/joining.ts';
import { admit, refuse } from './features/lobby.ts';
import * as media from './features/media.ts';
import { endRoom, invite, mute, remove, transferHost } from './features/moderation.ts';

/** One handler a message; the compiler refuses a message without one. */
const HANDLERS: { [T in RoomRequestType]: RoomHandler<T> } = {
  'room.join': join,
  'room.withdraw': withdraw,
  'room.leave': leave,
  'room.sync': sync,
  'room.end': endRoom,
  'lobby.admit': admit,
  'lobby.refuse': refuse,
  'member.mute': mute,
  'member.remove': remove,
  'host.transfer': transferHost,
  'hand.raise': raiseHand,
  'chat.send': sendChat,
  'invitation.create': invite,
  'box.attach': attachBox,
  'box.detach': detachBox,
  'box.confirmPatient': confirmPatient,
  'box.keepPicture': keepPicture,
  'box.pictureKept': pictureKept,
  'media.createTransport': media.createTransport,
  'media.connectTransport': media.connectTransport,
  'media.restartIce': media.restartIce,
  'media.closeTransport': media.closeTransport,
  'media.setClock': media.setClock,
  'media.stats': media.stats,
  'media.produce': media.produce,
  'media.produceData': media.produceData,
  'media.pauseFeed': media.pauseFeed,
  'media.closeFeed': media.closeFeed,
  'media.consume': media.consume,
  'media.consumeData': media.consumeData,
  'media.setConsumer': media.setConsumer,
  'media.requestKeyFrame': media.requestKeyFrame,
  'media.closeConsumer': media.closeConsumer,
};

/** These two make or end somebody's wish to come in; the right to wish is a hub capability, checked at the socket. */
const FOR_NON_MEMBERS: ReadonlySet<RoomRequestType> = new Set(['room.join', 'room.withdraw']);

/**
 * Checks the sender's capability against the room's own table, then handles the message. Everything that reaches a
 * room comes through here, whichever node the socket is on.
 * @throws {HubError} not_a_member, forbidden, room_ended, or what the handler refuses with.
 */
export async function handleRoomCall(call: RoomCall, context: CallContext): Promise<unknown> {
  if (!FOR_NON_MEMBERS.has(call.type)) authorise(call, context);
  const handle = HANDLERS[call.type] as (context: CallContext, data: RoomCall['data']) => Promise<unknown>;
  return handle(context, call.data);
}

function authorise(call: RoomCall, { room }: CallContext): void {
  const { principalId } = call.principal;
  const member = room.state.members[principalId];
  if (!member) throw new HubError(room.state.status === 'ended' ? 'room_ended' : 'not_a_member');
  if (!room.presence.isFrom(principalId, call.origin)) {
    throw new HubError('not_a_member', 'this member is in the room by another connection');
  }
  const capabilities = roomCapabilitiesOf(
    room.state.kind,
    member.role,
    room.state.hostMemberId === principalId,
  );
  if (!capabilities.has(capabilityFor(call.type, call.data) as RoomCapability))
    throw new HubError('forbidden');
}

import type { Principal } from '../identity/principal.ts';
import type { RequestData, ResponseData, RoomRequestType } from '../signaling/contract/index.ts';
import type { HomeRoom } from './home-room.ts';
import type { RoomServices } from './services.ts';

/** Where a message came from: which socket on which node. */
export interface Origin {
  nodeId: string;
  connectionId: string;
}

/** A room message on its way to the room's home; plain data, so that it can cross from node to node. */
export interface RoomCall<T extends RoomRequestType = RoomRequestType> {
  principal: Principal;
  origin: Origin;
  type: T;
  data: RequestData<T>;
}

export interface CallContext {
  room: HomeRoom;
  services: RoomServices;
  principal: Principal;
  origin: Origin;
}

/** Handlers run after the capability check; what they throw as HubError reaches the sender. */
export type RoomHandler<T extends RoomRequestType> = (
  context: CallContext,
  data: RequestData<T>,
) => Promise<ResponseData<T>>;

import type { RequestInput, ResponseData, RoomRequestType } from '../../signaling/contract/index.ts';

export type MediaRequestType = Extract<RoomRequestType, `media.${string}`>;

/** Sends one media request for the room that the session is in; rejects with HubError. */
export type Signals = <T extends MediaRequestType>(
  type: T,
  data: Omit<RequestInput<T>, 'roomId'>,
) => Promise<ResponseData<T>>;

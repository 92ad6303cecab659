import { feedIdOf, HubError, type RoomState, type StreamClass } from '../../signaling/contract/index.ts';
import type { RoomMedia } from '../../sfu/index.ts';
import type { CallContext, RoomHandler } from '../call.ts';
import { newFeed } from '../media-sessions.ts';

/** Ours: a box with four pictures, two sounds and vitals has seven. */
const MAX_FEEDS_PER_MEMBER = 12;

/** mediasoup's 1–255: who gets the bits first when a viewer's link is thin (decision 7). */
const CONSUMER_PRIORITY: Record<StreamClass, number> = {
  voice: 255,
  clinical: 200,
  face: 100,
  screen: 50,
  vitals: 255,
};

async function sessionOf({ room, principal }: CallContext): Promise<{ media: RoomMedia; sessionId: string }> {
  const media = await room.media.open();
  const sessionId = room.media.sessionOf(principal.principalId);
  if (!sessionId) throw new HubError('out_of_order', 'the media session is over; join again');
  return { media, sessionId };
}

function ownFeed({ room, principal }: CallContext, feedId: string): RoomState['feeds'][string] {
  const feed = room.state.feeds[feedId];
  if (!feed || feed.memberId !== principal.principalId)
    throw new HubError('not_found', 'no such feed of yours');
  return feed;
}

export const createTransport: RoomHandler<'media.createTransport'> = async (
  context,
  { direction, codecs },
) => {
  const { media, sessionId } = await sessionOf(context);
  return media.createTransport(sessionId, direction, codecs);
};

export const connectTransport: RoomHandler<'media.connectTransport'> = async (context, request) => {
  const { media, sessionId } = await sessionOf(context);
  await media.connectTransport(sessionId, request.transportId, request.dtlsParameters);
  return {};
};

export const restartIce: RoomHandler<'media.restartIce'> = async (context, { transportId }) => {
  const { media, sessionId } = await sessionOf(context);
  return { iceParameters: { ...(await media.restartIce(sessionId, transportId)) } };
};

export const closeTransport: RoomHandler<'media.closeTransport'> = async (context, { transportId }) => {
  const { media, sessionId } = await sessionOf(context);
  await media.closeTransport(sessionId, transportId);
  return {};
};

export const setClock: RoomHandler<'media.setClock'> = async ({ room, principal }, { clockOffsetMs }) => {
  const memberId = principal.principalId;
  await room.commit((state) =>
    state.members[memberId]?.clockOffsetMs === clockOffsetMs
      ? null
      : { type: 'member.clock', data: { memberId, clockOffsetMs } },
  );
  return {};
};

export const stats: RoomHandler<'media.stats'> = async (context) => {
  const { media, sessionId } = await sessionOf(context);
  const { transports, producers, dataProducers } = await media.stats(sessionId);
  const byFeed = <Figures extends object>(of: ({ producerId: string } & Figures)[]) =>
    of.flatMap(({ producerId, ...figures }) => {
      const feedId = context.room.media.feedOf(producerId);
      return feedId ? [{ feedId, ...figures }] : [];
    });
  return { transports, feeds: byFeed(producers), data: byFeed(dataProducers) };
};

export const produce: RoomHandler<'media.produce'> = async (context, request) => {
  const { room, principal } = context;
  if ((request.streamClass === 'voice') !== (request.kind === 'audio')) {
    throw new HubError('invalid_message', 'voice is audio, every other class is video');
  }
  refuseTooManyFeeds(room.state, principal.principalId, request.slot);
  const { media, sessionId } = await sessionOf(context);
  const { producerId } = await media.produce(sessionId, {
    transportId: request.transportId,
    kind: request.kind,
    rtpParameters: request.rtpParameters,
    paused: request.paused,
  });
  const feedId = await announce(context, sessionId, producerId, request);
  return { feedId, producerId };
};

export const produceData: RoomHandler<'media.produceData'> = async (context, request) => {
  refuseTooManyFeeds(context.room.state, context.principal.principalId, request.slot);
  const { media, sessionId } = await sessionOf(context);
  const { dataProducerId } = await media.produceData(sessionId, {
    transportId: request.transportId,
    label: request.label,
    sctpStreamParameters: request.sctpStreamParameters,
  });
  const feedId = await announce(context, sessionId, dataProducerId, {
    slot: request.slot,
    kind: 'data',
    streamClass: 'vitals',
    label: request.label,
    paused: false,
  });
  return { feedId, dataProducerId };
};

function refuseTooManyFeeds(state: RoomState, memberId: string, slot: string): void {
  const others = Object.values(state.feeds).filter(
    (feed) => feed.memberId === memberId && feed.slot !== slot,
  );
  if (others.length >= MAX_FEEDS_PER_MEMBER) throw new HubError('room_full', 'too many feeds of one member');
}

async function announce(
  { room, principal }: CallContext,
  sessionId: string,
  producerId: string,
  feed: Parameters<typeof newFeed>[1],
): Promise<string> {
  const memberId = principal.principalId;
  const feedId = feedIdOf(memberId, feed.slot);
  const { slot, kind, streamClass, label, modality, laterality, paused } = feed;
  const described = { slot, kind, streamClass, label, modality, laterality, paused };
  // The session that made it may have been replaced meanwhile, and the new one have bound the same slot.
  if (room.media.sessionOf(memberId) !== sessionId)
    throw new HubError('out_of_order', 'the media session is over');
  // Bound first: whoever hears of the feed may ask for it at once.
  const binding = room.media.bind(feedId, memberId, producerId);
  try {
    await room.commit((state) => {
      if (!state.members[memberId]) throw new HubError('not_a_member');
      if (room.media.sessionOf(memberId) !== sessionId)
        throw new HubError('out_of_order', 'the media session is over');
      return {
        type: 'feed.opened',
        data: { feed: newFeed(memberId, described, state.seq + 1) },
      };
    });
  } catch (error) {
    binding.undo();
    throw error;
  }
  binding.confirm();
  return feedId;
}

export const pauseFeed: RoomHandler<'media.pauseFeed'> = async (context, { feedId, paused }) => {
  const feed = ownFeed(context, feedId);
  if (feed.kind === 'data') throw new HubError('invalid_message', 'a data feed has no pause');
  const { media, sessionId } = await sessionOf(context);
  const producerId = context.room.media.producerOf(feedId);
  // Silence takes effect first, sound only once everybody can see it: when the room cannot be told, nobody is heard.
  if (paused) await media.pauseProducer(sessionId, producerId, true);
  await context.room.commit((state) => {
    const now = state.feeds[feedId];
    if (!now || (now.paused === paused && !now.mutedByHost)) return null;
    return { type: 'feed.paused', data: { feedId, paused, mutedByHost: false } };
  });
  // As the room has it by now: a host may have muted it meanwhile.
  if (context.room.state.feeds[feedId]?.paused === false)
    await media.pauseProducer(sessionId, producerId, false);
  return {};
};

export const closeFeed: RoomHandler<'media.closeFeed'> = async (context, { feedId }) => {
  ownFeed(context, feedId);
  await context.room.commit((state) =>
    state.feeds[feedId] ? { type: 'feed.closed', data: { feedId } } : null,
  );
  context.room.media.closeFeed(feedId);
  return {};
};

function otherFeed({ room }: CallContext, feedId: string): RoomState['feeds'][string] {
  const feed = room.state.feeds[feedId];
  if (!feed) throw new HubError('not_found', 'no such feed in this room');
  return feed;
}

export const consume: RoomHandler<'media.consume'> = async (context, request) => {
  const feed = otherFeed(context, request.feedId);
  if (feed.kind === 'data') throw new HubError('invalid_message', 'this feed carries data, not media');
  const { media, sessionId } = await sessionOf(context);
  const { consumerId, producerId, kind, rtpParameters } = await media.consume(sessionId, {
    transportId: request.transportId,
    producerId: context.room.media.producerOf(request.feedId),
    rtpCapabilities: request.rtpCapabilities,
  });
  if (kind === 'video') {
    await media.setConsumer(sessionId, consumerId, { priority: CONSUMER_PRIORITY[feed.streamClass] });
  }
  return { consumerId, producerId, kind, rtpParameters: { ...rtpParameters }, generation: feed.generation };
};

export const consumeData: RoomHandler<'media.consumeData'> = async (context, request) => {
  const feed = otherFeed(context, request.feedId);
  if (feed.kind !== 'data') throw new HubError('invalid_message', 'this feed carries media, not data');
  const { media, sessionId } = await sessionOf(context);
  const data = await media.consumeData(sessionId, {
    transportId: request.transportId,
    dataProducerId: context.room.media.producerOf(request.feedId),
  });
  return { ...data, sctpStreamParameters: { ...data.sctpStreamParameters }, generation: feed.generation };
};

export const setConsumer: RoomHandler<'media.setConsumer'> = async (context, { consumerId, ...change }) => {
  const { media, sessionId } = await sessionOf(context);
  await media.setConsumer(sessionId, consumerId, {
    paused: change.paused,
    preferredLayers: change.preferredLayers,
    priority: change.priority,
  });
  return {};
};

export const requestKeyFrame: RoomHandler<'media.requestKeyFrame'> = async (context, { consumerId }) => {
  const { media, sessionId } = await sessionOf(context);
  await media.requestKeyFrame(sessionId, consumerId);
  return {};
};

export const closeConsumer: RoomHandler<'media.closeConsumer'> = async (context, { consumerId }) => {
  const { media, sessionId } = await sessionOf(context);
  await media.closeConsumer(sessionId, consumerId);
  return {};
};

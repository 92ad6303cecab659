import type { StreamPrincipal } from '../identity/index.ts';
import { isHubError, type RtpParameters } from '../signaling/contract/index.ts';
import { StreamProblem } from './problem.ts';
import type { AnsweredStream } from './sdp/answer.ts';
import type { Offer } from './sdp/offer.ts';
import { streamsOf } from './sdp/publish.ts';
import { feedsFor, viewerCapabilities } from './sdp/view.ts';
import type { StreamPurpose } from './stream-session.ts';

/**
 * WHIP: every stream of the offer becomes a feed of the device.
 * @throws {StreamProblem} before anybody in the room has heard of it
 */
export function publishing(offer: Offer, principal: StreamPrincipal): StreamPurpose {
  const streams = streamsOf(offer);
  return {
    direction: 'send',
    async setUp(call, transportId) {
      const slots = { audio: 0, video: 0 };
      for (const { kind, rtpParameters } of streams) {
        const nth = ++slots[kind];
        await call('media.produce', {
          transportId,
          slot: nth === 1 ? kind : `${kind}-${nth}`,
          kind,
          streamClass: kind === 'audio' ? 'voice' : principal.pictureClass,
          // The device's own name says what it is; a second picture needs one of its own.
          label: kind === 'audio' || nth === 1 ? '' : `${principal.name} ${nth}`,
          paused: false,
          rtpParameters,
        });
      }
      return {
        streams: streams.map(({ mid, rtpParameters }) => ({ mid, direction: 'recvonly', rtpParameters })),
        consumerIds: [],
      };
    },
  };
}

/**
 * WHEP: each section of the offer gets a feed of the room that the viewer can decode.
 * @throws {StreamProblem} before anybody in the room has heard of it
 */
export function viewing(offer: Offer, slot: string | null): StreamPurpose {
  const rtpCapabilities = viewerCapabilities(offer);
  return {
    direction: 'receive',
    codecs: rtpCapabilities.codecs,
    async setUp(call, transportId, { state }) {
      const streams: AnsweredStream[] = [];
      const consumerIds: string[] = [];
      const taken = new Set<string>();
      for (const [mid, feeds] of feedsFor(offer, Object.values(state.feeds), slot)) {
        for (const { feedId } of feeds) {
          if (taken.has(feedId)) continue;
          try {
            const { consumerId, rtpParameters } = await call('media.consume', {
              transportId,
              feedId,
              rtpCapabilities,
            });
            await call('media.setConsumer', { consumerId, paused: false });
            taken.add(feedId);
            consumerIds.push(consumerId);
            streams.push({
              mid,
              direction: 'sendonly',
              rtpParameters: rtpParameters as unknown as RtpParameters,
            });
            break;
          } catch (error) {
            // Not in the viewer's codecs, or just gone: the next one.
            if (!isHubError(error) || (error.code !== 'unsupported_media' && error.code !== 'not_found'))
              throw error;
          }
        }
      }
      if (streams.length > 0) return { streams, consumerIds };
      const shown = Object.values(state.feeds).some(({ kind }) => kind !== 'data');
      throw shown
        ? new StreamProblem(422, 'Nothing in the room fits the sections and codecs of the offer.')
        : new StreamProblem(409, 'Nothing is shown in the room yet; try again.', { 'retry-after': '2' });
    },
  };
}

import { getProducerRtpParametersMapping } from 'mediasoup/ortc';
import { ROUTER_CAPABILITIES } from '../../sfu/index.ts';
import { rtpCapabilitiesSchema, type Feed, type RtpCapabilities } from '../../signaling/contract/index.ts';
import { StreamProblem } from '../problem.ts';
import { isKind, type Kind, type Offer, type OfferedSection } from './offer.ts';

/**
 * What a viewer can take, in its own numbers. Only what the hub speaks: its routers refuse the rest. Of header
 * extensions those remain whose number happens to be the hub's own, since the SFU cannot write others; the name of the
 * section (MID) is not sent either, streams are known by their SSRC.
 */
export function viewerCapabilities({ sections }: Offer): RtpCapabilities {
  const media = sections.filter(({ type }) => isKind(type));
  if (media.some(({ direction }) => direction === 'sendonly' || direction === 'inactive')) {
    throw new StreamProblem(422, 'A viewer offers recvonly sections; to send, use WHIP.');
  }
  const codecs = new Map<number, unknown>();
  const profiles = new Set<string>();
  for (const section of media) {
    for (const codec of section.codecs) {
      const { mimeType, payloadType, parameters } = codec;
      // One payload type a profile is enough, and a router refuses two.
      const profile = `${mimeType} ${parameters['profile-level-id'] ?? parameters['profile-id'] ?? parameters['profile'] ?? ''}`;
      if (codecs.has(payloadType) || profiles.has(profile.toLowerCase()) || !isSpoken(codec)) continue;
      profiles.add(profile.toLowerCase());
      codecs.set(payloadType, {
        kind: section.type,
        mimeType,
        preferredPayloadType: payloadType,
        clockRate: codec.clockRate,
        ...(codec.channels === undefined ? {} : { channels: codec.channels }),
        parameters,
        // A bandwidth estimate needs an extension; see above.
        rtcpFeedback: codec.rtcpFeedback.filter(({ type }) => type === 'nack' || type === 'ccm'),
      });
    }
  }
  const parsed = rtpCapabilitiesSchema.safeParse({
    codecs: [...codecs.values()].slice(0, 8),
    headerExtensions: media.flatMap(sharedExtensions),
  });
  if (!parsed.success) throw new StreamProblem(400, 'A codec of the offer is not valid.');
  if (parsed.data.codecs.length === 0) {
    throw new StreamProblem(422, 'No codec in common: the hub sends Opus, VP8, H.264, VP9 and AV1.');
  }
  return parsed.data;
}

function isSpoken({
  mimeType,
  payloadType,
  clockRate,
  channels,
  parameters,
}: OfferedSection['codecs'][number]) {
  if (/\/(rtx|red|ulpfec|flexfec-03)$/i.test(mimeType)) return false;
  try {
    getProducerRtpParametersMapping(
      {
        codecs: [
          {
            mimeType,
            payloadType,
            clockRate,
            ...(channels === undefined ? {} : { channels }),
            parameters: { ...parameters },
          },
        ],
        encodings: [{ ssrc: 1 }],
      },
      structuredClone(ROUTER_CAPABILITIES),
    );
    return true;
  } catch {
    return false;
  }
}

const NOT_SENT = /:sdes:|transport-wide-cc|abs-send-time/;

function sharedExtensions({ type, extensions }: OfferedSection): unknown[] {
  return ROUTER_CAPABILITIES.headerExtensions!.flatMap(({ kind, uri, preferredId, direction }) =>
    kind === type &&
    direction !== 'recvonly' &&
    !NOT_SENT.test(uri) &&
    extensions.some((offered) => offered.uri === uri && offered.id === preferredId)
      ? [{ kind, uri, preferredId }]
      : [],
  );
}

const CLASS_ORDER = ['clinical', 'face', 'screen', 'voice'] as const;

/**
 * The feed for each section: clinical pictures first, each feed once; or, of pictures, those of the named slot only.
 * Sections that no feed is left for are not in the map.
 */
export function feedsFor(
  { sections }: Offer,
  feeds: readonly Feed[],
  slot: string | null,
): Map<string, Feed[]> {
  const rank = (feed: Feed) => CLASS_ORDER.indexOf(feed.streamClass as (typeof CLASS_ORDER)[number]);
  const of = (kind: Kind) =>
    feeds
      .filter((feed) => feed.kind === kind && (kind === 'audio' || slot === null || feed.slot === slot))
      .sort((a, b) => rank(a) - rank(b) || a.generation - b.generation);
  const rest: Record<Kind, Feed[]> = { audio: of('audio'), video: of('video') };
  const chosen = new Map<string, Feed[]>();
  for (const { mid, type, codecs } of sections) {
    if (!isKind(type) || codecs.length === 0 || rest[type].length === 0) continue;
    // All that is left, best first: the viewer may not be able to decode the best one.
    chosen.set(mid, [...rest[type]]);
    rest[type].shift();
  }
  return chosen;
}

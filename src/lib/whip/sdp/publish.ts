import { getProducerRtpParametersMapping } from 'mediasoup/ortc';
import type { RtpParameters as MediasoupRtpParameters } from 'mediasoup/types';
import { ROUTER_CAPABILITIES } from '../../sfu/index.ts';
import { rtpParametersSchema, type RtpParameters } from '../../signaling/contract/index.ts';
import { StreamProblem } from '../problem.ts';
import { isKind, type Kind, type Offer, type OfferedCodec, type OfferedSection } from './offer.ts';

const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const ABS_SEND_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';

/** One stream that the hub takes from an offer. */
export interface AcceptedStream {
  mid: string;
  kind: Kind;
  rtpParameters: RtpParameters;
}

/**
 * What the hub takes of a publisher's offer, in the offer's own numbers; sections without a codec that the hub speaks
 * are left out.
 * @throws {StreamProblem} 400, 422 when nothing is left
 */
export function streamsOf({ sections }: Offer): AcceptedStream[] {
  const media = sections.filter(({ type }) => isKind(type));
  if (media.some(({ direction }) => direction === 'recvonly' || direction === 'inactive')) {
    throw new StreamProblem(422, 'A publisher offers sendonly sections; to receive, use WHEP.');
  }
  const streams = media.flatMap((section) => streamOf(section, section.type as Kind) ?? []);
  if (streams.length === 0) {
    throw new StreamProblem(422, 'No codec in common: the hub takes Opus, VP8, H.264, VP9 and AV1.');
  }
  return streams;
}

function streamOf(section: OfferedSection, kind: Kind): AcceptedStream | null {
  for (const codec of section.codecs) {
    if (/\/(rtx|red|ulpfec|flexfec-03)$/i.test(codec.mimeType)) continue;
    const parsed = rtpParametersSchema.safeParse(parametersFor(section, kind, codec));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new StreamProblem(
        400,
        `Section ${section.mid}: ${issue?.path.join('.')} ${issue?.message ?? 'is not valid'}.`,
      );
    }
    if (isSpoken(parsed.data)) return { mid: section.mid, kind, rtpParameters: parsed.data };
  }
  return null;
}

function isSpoken(parameters: RtpParameters): boolean {
  try {
    getProducerRtpParametersMapping(
      structuredClone(parameters) as MediasoupRtpParameters,
      structuredClone(ROUTER_CAPABILITIES),
    );
    return true;
  } catch {
    return false;
  }
}

function parametersFor(section: OfferedSection, kind: Kind, codec: OfferedCodec): unknown {
  const headerExtensions = commonExtensions(section, kind);
  const uris = new Set(headerExtensions.map(({ uri }) => uri));
  const rtx = kind === 'video' ? rtxOf(section, codec) : undefined;
  const main = { ...codec, rtcpFeedback: commonFeedback(codec, uris) };
  return {
    mid: section.mid,
    codecs: rtx ? [main, rtx] : [main],
    headerExtensions,
    encodings: encodingsOf(section, kind, { hasMid: uris.has(MID), hasRtx: rtx !== undefined }),
    rtcp: { ...(section.cname ? { cname: section.cname } : {}), reducedSize: true, mux: true },
  };
}

function rtxOf({ codecs }: OfferedSection, codec: OfferedCodec): OfferedCodec | undefined {
  const rtx = codecs.find(
    ({ mimeType, parameters }) =>
      mimeType.toLowerCase() === 'video/rtx' && Number(parameters['apt']) === codec.payloadType,
  );
  return rtx && { ...rtx, parameters: { apt: codec.payloadType }, rtcpFeedback: [] };
}

function commonExtensions({ extensions }: OfferedSection, kind: Kind): { uri: string; id: number }[] {
  const wanted = ROUTER_CAPABILITIES.headerExtensions!.filter(
    (extension) => extension.kind === kind && extension.direction !== 'sendonly',
  );
  return wanted.flatMap(({ uri }) => {
    const offered = extensions.find((each) => each.uri === uri && each.direction !== 'recvonly');
    return offered ? [{ uri, id: offered.id }] : [];
  });
}

function commonFeedback(codec: OfferedCodec, uris: ReadonlySet<string>): OfferedCodec['rtcpFeedback'] {
  const ours = ROUTER_CAPABILITIES.codecs!.find(
    ({ mimeType }) => mimeType.toLowerCase() === codec.mimeType.toLowerCase(),
  );
  return codec.rtcpFeedback.filter(({ type, parameter = '' }) => {
    // One estimate of the bandwidth: by transport-cc where its numbers travel along, else by REMB.
    if (type === 'transport-cc' && !uris.has(TRANSPORT_CC)) return false;
    if (type === 'goog-remb' && (uris.has(TRANSPORT_CC) || !uris.has(ABS_SEND_TIME))) return false;
    return ours?.rtcpFeedback?.some((each) => each.type === type && (each.parameter ?? '') === parameter);
  });
}

function encodingsOf(
  { ssrcs, rtxSsrcs, rids, mid }: OfferedSection,
  kind: Kind,
  { hasMid, hasRtx }: { hasMid: boolean; hasRtx: boolean },
): unknown[] {
  if (kind === 'video' && rids.length > 0) return rids.map((rid) => ({ rid }));
  const [ssrc] = ssrcs;
  if (ssrc === undefined) {
    if (!hasMid) throw new StreamProblem(422, `Section ${mid} has neither a=ssrc nor the MID extension.`);
    return [{}];
  }
  const rtx = hasRtx ? rtxSsrcs.get(ssrc) : undefined;
  return [rtx === undefined ? { ssrc } : { ssrc, rtx: { ssrc: rtx } }];
}

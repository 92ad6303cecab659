import type { RtcpFeedback, RtpParameters } from '../engine.ts';
import { EXTENSION_IDS } from './rtp-packet.ts';

/** Payload types of everything this engine sends; ours to choose. */
export const PAYLOAD_TYPES = { h264: 102, rtx: 103, opus: 111 } as const;

/**
 * How the hub tells us what the uplink carries: `remb` lets the hub estimate (abs-send-time), `transport-cc` has it report every
 * packet's arrival and lets us estimate.
 */
export type CongestionFeedback = 'remb' | 'transport-cc';

const URIS = {
  absSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  transportCc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  absCaptureTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
} as const;

function extensions(feedback: CongestionFeedback): RtpParameters['headerExtensions'] {
  const names = [feedback === 'remb' ? 'absSendTime' : 'transportCc', 'absCaptureTime'] as const;
  return names.map((name) => ({ uri: URIS[name], id: EXTENSION_IDS[name], encrypt: false, parameters: {} }));
}

const bandwidthFeedback = (feedback: CongestionFeedback): RtcpFeedback =>
  feedback === 'remb' ? { type: 'goog-remb' } : { type: 'transport-cc' };

export function videoRtpParameters(
  ssrc: number,
  rtxSsrc: number,
  cname: string,
  feedback: CongestionFeedback,
): RtpParameters {
  return {
    codecs: [
      {
        mimeType: 'video/H264',
        payloadType: PAYLOAD_TYPES.h264,
        clockRate: 90_000,
        parameters: {
          'packetization-mode': 1,
          'profile-level-id': '42e01f',
          'level-asymmetry-allowed': 1,
        },
        rtcpFeedback: [
          { type: 'nack' },
          { type: 'nack', parameter: 'pli' },
          { type: 'ccm', parameter: 'fir' },
          bandwidthFeedback(feedback),
        ],
      },
      {
        mimeType: 'video/rtx',
        payloadType: PAYLOAD_TYPES.rtx,
        clockRate: 90_000,
        parameters: { apt: PAYLOAD_TYPES.h264 },
        rtcpFeedback: [],
      },
    ],
    headerExtensions: extensions(feedback),
    encodings: [{ ssrc, rtx: { ssrc: rtxSsrc } }],
    rtcp: { cname, reducedSize: true },
  };
}

export function audioRtpParameters(ssrc: number, cname: string, feedback: CongestionFeedback): RtpParameters {
  return {
    codecs: [
      {
        mimeType: 'audio/opus',
        payloadType: PAYLOAD_TYPES.opus,
        clockRate: 48_000,
        channels: 2,
        parameters: { useinbandfec: 1, 'sprop-stereo': 0, minptime: 10 },
        rtcpFeedback: feedback === 'remb' ? [] : [bandwidthFeedback(feedback)],
      },
    ],
    headerExtensions: extensions(feedback),
    encodings: [{ ssrc }],
    rtcp: { cname, reducedSize: true },
  };
}

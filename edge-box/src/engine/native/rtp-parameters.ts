import type { RtcpFeedback, RtpParameters } from '../engine.ts';
import { EXTENSION_IDS } from './rtp-packet.ts';

/** Payload types of everything this engine sends; ours to choose. */
export const PAYLOAD_TYPES = { h264: 102, rtx: 103, opus: 111 } as const;

const URIS = {
  transportCc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  absCaptureTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
} as const;

const extensions = (...names: (keyof typeof URIS)[]): RtpParameters['headerExtensions'] =>
  names.map((name) => ({ uri: URIS[name], id: EXTENSION_IDS[name], encrypt: false, parameters: {} }));

/** Has the hub report every packet's arrival, so that this side can estimate the uplink. */
const TRANSPORT_CC: RtcpFeedback = { type: 'transport-cc' };

/** `layers`: the streams of the sizes, smallest first, as the hub counts them. */
export function videoRtpParameters(
  layers: readonly { ssrc: number; rtx: { ssrc: number } }[],
  cname: string,
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
          TRANSPORT_CC,
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
    headerExtensions: extensions('transportCc', 'absCaptureTime', 'playoutDelay'),
    encodings: layers.map(({ ssrc, rtx }) => ({ ssrc, rtx: { ssrc: rtx.ssrc } })),
    rtcp: { cname, reducedSize: true },
  };
}

export function audioRtpParameters(ssrc: number, cname: string): RtpParameters {
  return {
    codecs: [
      {
        mimeType: 'audio/opus',
        payloadType: PAYLOAD_TYPES.opus,
        clockRate: 48_000,
        channels: 2,
        parameters: { useinbandfec: 1, 'sprop-stereo': 0, minptime: 10 },
        rtcpFeedback: [TRANSPORT_CC],
      },
    ],
    headerExtensions: extensions('transportCc', 'absCaptureTime'),
    encodings: [{ ssrc }],
    rtcp: { cname, reducedSize: true },
  };
}

import type { RtpCapabilities, RtpParameters } from '../../signaling/contract/index.ts';
import type { RoomMedia } from '../index.ts';

/** Parameters as clients send them, for tests that need no media to flow. */

export const SHA256_FINGERPRINT = {
  algorithm: 'sha-256' as const,
  value: Array.from({ length: 32 }, () => 'AB').join(':'),
};

export function audioParameters(ssrc: number): RtpParameters {
  return {
    codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
    encodings: [{ ssrc }],
  };
}

export function videoParameters(ssrc: number): RtpParameters {
  return {
    codecs: [
      {
        mimeType: 'video/VP8',
        payloadType: 96,
        clockRate: 90_000,
        rtcpFeedback: [{ type: 'nack', parameter: 'pli' }],
      },
    ],
    encodings: [{ ssrc }],
  };
}

/** A client that can receive all that the router has. */
export const everything = (media: RoomMedia): RtpCapabilities => media.rtpCapabilities as RtpCapabilities;

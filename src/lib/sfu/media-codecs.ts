import { generateRouterRtpCapabilities } from 'mediasoup/ortc';
import type { RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';

/**
 * What a room's router speaks. Order matters: a browser publishes with the first video codec it can encode.
 * VP8 comes first because every browser encodes and decodes it in simulcast; boxes choose H.264 by themselves.
 */
export const ROUTER_CODECS: RouterRtpCodecCapability[] = [
  {
    kind: 'audio',
    mimeType: 'audio/opus',
    clockRate: 48_000,
    channels: 2,
    parameters: { useinbandfec: 1, usedtx: 1, minptime: 10 },
  },
  {
    kind: 'video',
    mimeType: 'video/VP8',
    clockRate: 90_000,
    parameters: { 'x-google-start-bitrate': 1000 },
  },
  h264('42e01f'), // Constrained Baseline: what every decoder takes.
  h264('4d0032'), // Main 5.0 and
  h264('640032'), // High 5.0: hardware encoders of boxes.
  {
    kind: 'video',
    mimeType: 'video/VP9',
    clockRate: 90_000,
    parameters: { 'profile-id': 0, 'x-google-start-bitrate': 1000 },
  },
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90_000, parameters: {} },
];

function h264(profileLevelId: string): RouterRtpCodecCapability {
  return {
    kind: 'video',
    mimeType: 'video/H264',
    clockRate: 90_000,
    parameters: {
      'packetization-mode': 1,
      'profile-level-id': profileLevelId,
      'level-asymmetry-allowed': 1,
      'x-google-start-bitrate': 1000,
    },
  };
}

/** What every room's router says of itself, for deciding on an offer before there is a room. */
export const ROUTER_CAPABILITIES: RtpCapabilities = generateRouterRtpCapabilities(ROUTER_CODECS);

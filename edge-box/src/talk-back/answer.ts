import type { HubTransport } from '../engine/engine.ts';
import { SdpError } from '../engine/native/sdp.ts';

/** Any dynamic one: libdatachannel hands on whatever payload type arrives. */
export const OPUS_PAYLOAD_TYPE = 111;

/** The hub's receive transport as an answer to an offer that only receives sound; `at`: where the paths to the hub begin. */
export function soundAnswer(hub: HubTransport, mid: string, at: { address: string; port: number }): string {
  const { fingerprints } = hub.dtlsParameters;
  const fingerprint = fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ?? fingerprints[0];
  if (!fingerprint) throw new SdpError('the hub offers no fingerprint');
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${mid}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${OPUS_PAYLOAD_TYPE}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    'a=sendonly',
    'a=rtcp-mux',
    'a=setup:passive',
    `a=ice-ufrag:${hub.iceParameters.usernameFragment}`,
    `a=ice-pwd:${hub.iceParameters.password}`,
    `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`,
    `a=rtpmap:${OPUS_PAYLOAD_TYPE} opus/48000/2`,
    `a=candidate:1 1 udp 2130706431 ${at.address} ${at.port} typ host`,
    'a=end-of-candidates',
  ];
  return [...lines, ''].join('\r\n');
}

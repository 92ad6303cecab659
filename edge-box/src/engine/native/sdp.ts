import type { DtlsParameters, HubTransport } from '../engine.ts';
import { PAYLOAD_TYPES } from './rtp-parameters.ts';

/** The little SDP that libdatachannel wants; the hub itself never sees any. */
export class SdpError extends Error {
  override readonly name = 'SdpError';
}

/** ICE's usual priority of a host candidate; there is only this one. */
const HOST_PRIORITY = 2_130_706_431;

/** Our own DTLS fingerprint out of the local offer. */
export function localDtlsParameters(offerSdp: string): DtlsParameters {
  const match = /^a=fingerprint:(\S+) (\S+)\s*$/m.exec(offerSdp);
  if (!match?.[1] || !match[2]) throw new SdpError('the local offer has no fingerprint');
  return { role: 'client', fingerprints: [{ algorithm: match[1].toLowerCase(), value: match[2] }] };
}

export function localUfrag(offerSdp: string): string {
  const match = /^a=ice-ufrag:(\S+)\s*$/m.exec(offerSdp);
  if (!match?.[1]) throw new SdpError('the local offer has no ICE user name');
  return match[1];
}

/**
 * The hub's transport as an answer to our offer: ICE-lite, DTLS passive, one video line and perhaps one for data, all at `at`, where the paths
 * to the hub begin.
 */
export function answerFor(
  offerSdp: string,
  hub: HubTransport,
  at: { address: string; port: number },
): string {
  const mids = [...offerSdp.matchAll(/^m=(video|application) [\s\S]*?^a=mid:(\S+)/gm)].map((match) => ({
    kind: match[1],
    mid: match[2] ?? '',
  }));
  if (!mids.some(({ kind }) => kind === 'video')) throw new SdpError('the local offer has no video line');
  const fingerprint =
    hub.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ??
    hub.dtlsParameters.fingerprints[0];
  if (!fingerprint) throw new SdpError('the hub offers no fingerprint');

  const transport = [
    'c=IN IP4 0.0.0.0',
    'a=setup:passive',
    `a=ice-ufrag:${hub.iceParameters.usernameFragment}`,
    `a=ice-pwd:${hub.iceParameters.password}`,
    `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`,
  ];
  const candidates = [`a=candidate:1 1 udp ${HOST_PRIORITY} ${at.address} ${at.port} typ host`];
  const sections = mids.flatMap(({ kind, mid }, i) => {
    const shared = [`a=mid:${mid}`, ...transport, ...(i === 0 ? [...candidates, 'a=end-of-candidates'] : [])];
    return kind === 'video'
      ? [
          `m=video 9 UDP/TLS/RTP/SAVPF ${PAYLOAD_TYPES.h264}`,
          ...shared,
          'a=recvonly',
          'a=rtcp-mux',
          `a=rtpmap:${PAYLOAD_TYPES.h264} H264/90000`,
        ]
      : [
          'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
          ...shared,
          `a=sctp-port:${hub.sctpParameters?.port ?? 5000}`,
          `a=max-message-size:${hub.sctpParameters?.maxMessageSize ?? 262_144}`,
        ];
  });
  const session = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${mids.map(({ mid }) => mid).join(' ')}`,
  ];
  return [...session, ...sections, ''].join('\r\n');
}

import { write, type MediaDescription } from 'sdp-transform';
import type { RtpParameters } from '../../signaling/contract/index.ts';
import type { TransportDescription } from '../../sfu/index.ts';
import type { Offer, OfferedSection } from './offer.ts';

/** What one section of the answer says; the hub's side of the stream. */
export interface AnsweredStream {
  mid: string;
  direction: 'recvonly' | 'sendonly';
  rtpParameters: Pick<RtpParameters, 'codecs' | 'headerExtensions' | 'encodings' | 'rtcp'>;
}

/** Parameters of a codec that an answer repeats; what else the offer says of it describes its sender only. */
const REPEATED = new Set([
  'apt',
  'profile-level-id',
  'packetization-mode',
  'level-asymmetry-allowed',
  'profile-id',
  'profile',
  'level-idx',
  'tier',
  'stereo',
  'sprop-stereo',
  'minptime',
  'useinbandfec',
]);

/** The answer to an offer: a section for each of its own, refused (port 0) where no stream stands for it. */
export function writeAnswer({
  offer,
  streams,
  transport,
}: {
  offer: Offer;
  streams: readonly AnsweredStream[];
  transport: TransportDescription;
}): string {
  const remoteRole = offer.dtlsParameters.role;
  const answered = offer.sections.filter((section) => streams.some(({ mid }) => mid === section.mid));
  const media = offer.sections.map((section) => {
    const stream = streams.find(({ mid }) => mid === section.mid);
    if (!stream) return refused(section);
    return {
      ...streamSection(section, stream),
      setup: remoteRole === 'client' ? 'passive' : 'active',
      iceUfrag: transport.iceParameters.usernameFragment,
      icePwd: transport.iceParameters.password,
      fingerprint: fingerprintOf(transport),
      // The first one stands for the bundle (RFC 8843).
      ...(section === answered[0]
        ? { candidates: candidatesOf(transport), endOfCandidates: 'end-of-candidates' }
        : {}),
    } satisfies MediaDescription;
  });
  return write({
    version: 0,
    origin: {
      username: 'rui-hub',
      sessionId: sessionNumber(transport.id),
      sessionVersion: 1,
      netType: 'IN',
      ipVer: 4,
      address: '127.0.0.1',
    },
    name: '-',
    timing: { start: 0, stop: 0 },
    icelite: 'ice-lite',
    extmapAllowMixed: 'extmap-allow-mixed',
    msidSemantic: { semantic: 'WMS', token: '*' },
    groups: [{ type: 'BUNDLE', mids: answered.map(({ mid }) => mid).join(' ') }],
    media,
  });
}

/** After an ICE restart: what has changed, as RFC 9725, 4.3.3 shows it. */
export function writeRestartFragment({
  iceParameters,
  iceCandidates,
  section,
}: Pick<TransportDescription, 'iceParameters' | 'iceCandidates'> & {
  section: Pick<OfferedSection, 'mid' | 'type' | 'protocol' | 'formats'>;
}): string {
  const lines = [
    'a=ice-lite',
    `a=group:BUNDLE ${section.mid}`,
    `m=${section.type} 9 ${section.protocol} ${section.formats}`,
    `a=mid:${section.mid}`,
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    ...candidatesOf({ iceCandidates }).map(
      ({ foundation, component, transport, priority, ip, port, type, tcptype }) =>
        `a=candidate:${foundation} ${component} ${transport} ${priority} ${ip} ${port} typ ${type}${tcptype ? ` tcptype ${tcptype}` : ''}`,
    ),
    'a=end-of-candidates',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** `o=` wants a number, always the same for one session. */
const sessionNumber = (transportId: string): number => Number.parseInt(transportId.slice(0, 8), 16);

function refused({ type, protocol, formats, mid }: OfferedSection): MediaDescription {
  return { ...section(type, protocol, formats), port: 0, mid, direction: 'inactive' };
}

function section(type: string, protocol: string, payloads: string): MediaDescription {
  return {
    type,
    port: 9,
    protocol,
    payloads,
    connection: { version: 4, ip: '0.0.0.0' },
    rtp: [],
    fmtp: [],
  };
}

function streamSection(
  offered: OfferedSection,
  { direction, rtpParameters }: AnsweredStream,
): MediaDescription {
  const { codecs, headerExtensions = [], encodings } = rtpParameters;
  const rids = encodings.flatMap(({ rid }) => rid ?? []);
  const simulcast = rids.length > 0 && direction === 'recvonly';
  return {
    ...section(offered.type, offered.protocol, codecs.map(({ payloadType }) => payloadType).join(' ')),
    mid: offered.mid,
    direction,
    rtcpMux: 'rtcp-mux',
    rtcpRsize: 'rtcp-rsize',
    rtp: codecs.map(({ payloadType, mimeType, clockRate, channels }) => ({
      payload: payloadType,
      codec: mimeType.split('/')[1]!,
      rate: clockRate,
      ...(channels && channels > 1 ? { encoding: channels } : {}),
    })),
    fmtp: codecs.flatMap((codec) => {
      const config = formatParameters(codec);
      return config ? [{ payload: codec.payloadType, config }] : [];
    }),
    rtcpFb: codecs.flatMap(({ payloadType, rtcpFeedback = [] }) =>
      rtcpFeedback.map(({ type, parameter }) => ({
        payload: payloadType,
        type,
        ...(parameter ? { subtype: parameter } : {}),
      })),
    ),
    ext: headerExtensions.map(({ id, uri }) => ({ value: id, uri })),
    ...(simulcast
      ? {
          rids: rids.map((id) => ({ id, direction: 'recv' })),
          // The types of the library know lists in their parsed form only; it writes them as they are.
          simulcast: { dir1: 'recv', list1: rids.join(';') as never },
        }
      : {}),
    ...(direction === 'sendonly' ? sentStream(rtpParameters) : {}),
  };
}

/** So that the receiver knows the stream before its first packet, and what belongs together. */
function sentStream({ encodings, rtcp }: AnsweredStream['rtpParameters']): Partial<MediaDescription> {
  const ssrc = encodings[0]?.ssrc;
  const cname = rtcp?.cname ?? 'rui-hub';
  return {
    msid: [{ id: 'rui-hub', appdata: String(ssrc) }],
    ...(ssrc === undefined ? {} : { ssrcs: [{ id: ssrc, attribute: 'cname', value: cname }] }),
  };
}

function formatParameters({ mimeType, parameters = {} }: AnsweredStream['rtpParameters']['codecs'][number]) {
  const said = { ...parameters };
  if (mimeType.toLowerCase() === 'audio/opus') {
    said['useinbandfec'] = 1;
    // What the sender calls sprop-stereo, the receiver calls stereo (RFC 7587).
    if (Number(said['sprop-stereo'] ?? 0) === 1) said['stereo'] = 1;
  }
  return Object.entries(said)
    .filter(([name]) => REPEATED.has(name))
    .map(([name, value]) => `${name}=${value}`)
    .join(';');
}

function fingerprintOf({ dtlsParameters }: TransportDescription): { type: string; hash: string } {
  const best =
    dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ??
    dtlsParameters.fingerprints[0]!;
  return { type: best.algorithm, hash: best.value };
}

function candidatesOf({ iceCandidates }: Pick<TransportDescription, 'iceCandidates'>) {
  return iceCandidates.map((candidate) => ({
    foundation: candidate.foundation,
    component: 1,
    transport: candidate.protocol,
    priority: candidate.priority,
    ip: candidate.address,
    port: candidate.port,
    type: candidate.type,
    ...(candidate.protocol === 'tcp' && candidate.tcpType ? { tcptype: candidate.tcpType } : {}),
  }));
}

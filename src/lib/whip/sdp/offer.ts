import { parseParams, type MediaDescription, type SessionDescription } from 'sdp-transform';
import { dtlsParametersSchema, type DtlsParameters } from '../../signaling/contract/index.ts';
import { StreamProblem } from '../problem.ts';
import { asText, parseSdp } from './lines.ts';

/** Ours: a box with four pictures and two sounds has six. */
const MAX_SECTIONS = 8;

export interface OfferedCodec {
  mimeType: `${'audio' | 'video'}/${string}`;
  payloadType: number;
  clockRate: number;
  channels?: number;
  parameters: Record<string, string | number>;
  rtcpFeedback: { type: string; parameter?: string }[];
}

type SectionDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One `m=` section of an offer. */
export interface OfferedSection {
  /** As in the `m=` line; what is neither sound nor picture is refused in the answer. */
  type: string;
  protocol: string;
  formats: string;
  mid: string;
  direction: SectionDirection;
  codecs: OfferedCodec[];
  extensions: { uri: string; id: number; direction: SectionDirection }[];
  ssrcs: number[];
  /** Media SSRC → SSRC of its retransmissions. */
  rtxSsrcs: Map<number, number>;
  /** Names of simulcast layers that are sent; empty without simulcast. */
  rids: string[];
  cname: string | null;
}

export interface Offer {
  iceUsername: string;
  icePassword: string;
  /** The far end's, with its own role. */
  dtlsParameters: DtlsParameters;
  sections: OfferedSection[];
}

export type Kind = 'audio' | 'video';
export const isKind = (type: string): type is Kind => type === 'audio' || type === 'video';

/** @throws {StreamProblem} 400 for what is no offer, 422 for one that the hub cannot take */
export function readOffer(text: string): Offer {
  const sdp = parseSdp(text);
  if (!/^v=0\r?\n/.test(text)) throw new StreamProblem(400, 'An offer begins with v=0.');
  if (sdp.media.length === 0) throw new StreamProblem(400, 'The offer has no m= section.');
  if (sdp.media.length > MAX_SECTIONS) {
    throw new StreamProblem(422, `The hub takes at most ${MAX_SECTIONS} m= sections.`);
  }
  if (sdp.icelite)
    throw new StreamProblem(422, 'The hub is ICE-lite itself, so the client must do full ICE.');
  const sections = sdp.media.map((media) => readSection(sdp, media));
  refuseWithoutBundle(sdp, sections);
  refuseSharedSsrcs(sections);
  const [first] = sdp.media as [MediaDescription];
  const { username, password } = iceCredentials(sdp, first);
  return {
    iceUsername: username,
    icePassword: password,
    dtlsParameters: dtlsParameters(sdp, first),
    sections,
  };
}

function iceCredentials(sdp: SessionDescription, media: MediaDescription) {
  const username = asText(media.iceUfrag ?? sdp.iceUfrag);
  const password = asText(media.icePwd ?? sdp.icePwd);
  // RFC 8839, 5.4
  if (!username || !/^[A-Za-z0-9+/]{4,256}$/.test(username)) {
    throw new StreamProblem(400, 'The offer has no valid a=ice-ufrag.');
  }
  if (!password || !/^[A-Za-z0-9+/]{22,256}$/.test(password)) {
    throw new StreamProblem(400, 'The offer has no valid a=ice-pwd.');
  }
  return { username, password };
}

const ROLES: Record<string, DtlsParameters['role']> = {
  active: 'client',
  passive: 'server',
  // RFC 8842: who answers may choose; the hub lets the client begin, whose path to the hub is open already.
  actpass: 'client',
};

function dtlsParameters(sdp: SessionDescription, media: MediaDescription): DtlsParameters {
  const role = ROLES[String(media.setup ?? sdp.setup)];
  if (!role) throw new StreamProblem(400, 'The offer has no valid a=setup.');
  const fingerprint = media.fingerprint ?? sdp.fingerprint;
  const parsed = dtlsParametersSchema.safeParse({
    role,
    fingerprints: [{ algorithm: fingerprint?.type.toLowerCase(), value: fingerprint?.hash }],
  });
  if (!parsed.success) throw new StreamProblem(400, 'The offer has no valid a=fingerprint.');
  return parsed.data;
}

function readSection(sdp: SessionDescription, media: MediaDescription): OfferedSection {
  const mid = asText(media.mid) ?? (sdp.media.length === 1 ? '0' : null);
  if (!mid || !/^[A-Za-z0-9-]{1,16}$/.test(mid)) {
    throw new StreamProblem(400, 'Every m= section needs an a=mid of at most 16 letters, digits or dashes.');
  }
  const section: OfferedSection = {
    type: media.type,
    protocol: media.protocol,
    formats: String(media.payloads ?? '0'),
    mid,
    direction: media.direction ?? sdp.direction ?? 'sendrecv',
    codecs: [],
    extensions: [],
    ssrcs: [],
    rtxSsrcs: new Map(),
    rids: [],
    cname: null,
  };
  if (!isKind(media.type) || media.port === 0) return section;
  if (!/\bTLS\/RTP\/SAVPF?$/.test(media.protocol)) {
    throw new StreamProblem(422, 'The hub takes RTP over DTLS only (UDP/TLS/RTP/SAVPF).');
  }
  if (!media.rtcpMux) throw new StreamProblem(422, 'The hub needs a=rtcp-mux in every section.');
  section.codecs = readCodecs(media, media.type);
  section.extensions = (media.ext ?? [])
    .filter((ext) => !ext['encrypt-uri'])
    .map(({ uri, value, direction }) => ({
      uri,
      id: Number(value),
      direction: (direction as SectionDirection | undefined) ?? 'sendrecv',
    }));
  readSsrcs(media, section);
  section.rids = simulcastRids(media);
  return section;
}

function readCodecs(media: MediaDescription, kind: Kind): OfferedCodec[] {
  const order = String(media.payloads ?? '')
    .split(' ')
    .map(Number);
  const rtp = (media.rtp ?? []).filter(({ payload }) => order.includes(payload));
  rtp.sort((a, b) => order.indexOf(a.payload) - order.indexOf(b.payload));
  return rtp.map(({ payload, codec, rate, encoding }) => {
    const fmtp = (media.fmtp ?? []).find((line) => line.payload === payload);
    const parameters = Object.fromEntries(
      Object.entries(fmtp ? parseParams(fmtp.config) : {}).filter(([name]) => name !== ''),
    ) as OfferedCodec['parameters'];
    // Hexadecimal, though it may look decimal.
    if ('profile-level-id' in parameters)
      parameters['profile-level-id'] = String(parameters['profile-level-id']);
    return {
      mimeType: `${kind}/${codec}`,
      payloadType: payload,
      clockRate: Number(rate),
      ...(kind === 'audio' ? { channels: Number(encoding ?? 1) } : {}),
      parameters,
      rtcpFeedback: (media.rtcpFb ?? [])
        .filter((line) => String(line.payload) === '*' || Number(line.payload) === payload)
        .map(({ type, subtype }) => (subtype ? { type, parameter: String(subtype) } : { type })),
    };
  });
}

function readSsrcs(media: MediaDescription, section: OfferedSection): void {
  const ids = [...new Set((media.ssrcs ?? []).map(({ id }) => Number(id)))];
  const cname = (media.ssrcs ?? []).find(({ attribute }) => attribute === 'cname')?.value;
  section.cname = cname === undefined ? null : String(cname);
  for (const { semantics, ssrcs } of media.ssrcGroups ?? []) {
    const [main, rtx] = String(ssrcs).split(' ').map(Number);
    if (semantics === 'FID' && main !== undefined && rtx !== undefined) section.rtxSsrcs.set(main, rtx);
  }
  const rtx = new Set(section.rtxSsrcs.values());
  section.ssrcs = ids.filter((id) => !rtx.has(id));
}

function simulcastRids(media: MediaDescription): string[] {
  const { simulcast } = media;
  const list =
    simulcast?.dir1 === 'send' ? simulcast.list1 : simulcast?.dir2 === 'send' ? simulcast.list2 : '';
  // RFC 8853: layers apart by `;`, alternatives of one by `,`, `~` for one that begins paused.
  return String(list ?? '')
    .split(';')
    .map((layer) => layer.split(',')[0]!.replace('~', '').trim())
    .filter(Boolean);
}

function refuseWithoutBundle(sdp: SessionDescription, sections: readonly OfferedSection[]): void {
  const mids = sections.map(({ mid }) => mid);
  if (new Set(mids).size < mids.length) throw new StreamProblem(400, 'Two sections have the same a=mid.');
  const groups = (sdp.groups ?? []).filter(({ type }) => type === 'BUNDLE');
  if (groups.length > 1) throw new StreamProblem(422, 'The hub takes one BUNDLE group, not several.');
  if (sections.length === 1) return;
  const bundled = new Set(String(groups[0]?.mids ?? '').split(' '));
  if (!mids.every((mid) => bundled.has(mid))) {
    throw new StreamProblem(422, 'Every section must be in one a=group:BUNDLE.');
  }
}

function refuseSharedSsrcs(sections: readonly OfferedSection[]): void {
  const ssrcs = sections.flatMap((section) => [...section.ssrcs, ...section.rtxSsrcs.values()]);
  if (new Set(ssrcs).size < ssrcs.length) throw new StreamProblem(400, 'Two streams have the same SSRC.');
}

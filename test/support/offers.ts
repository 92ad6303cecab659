/** Offers as WHIP and WHEP clients make them, for requests behind which nobody sends. */
export interface OfferParts {
  direction?: string;
  setup?: string;
  fingerprint?: string | null;
  ice?: [string, string] | null;
  groups?: string[];
  video?: string[];
  audio?: string[];
  proto?: string;
  mux?: boolean;
  mids?: [string, string];
  session?: string[];
}

const FINGERPRINT = `sha-256 ${Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':')}`;

export const VP8 = [
  'a=rtpmap:96 VP8/90000',
  'a=rtcp-fb:96 nack',
  'a=rtcp-fb:96 nack pli',
  'a=rtcp-fb:96 transport-cc',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
];
const OPUS = ['a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1'];
const EXTENSIONS = [
  'a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  'a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
];

export const ICE: [string, string] = ['abcd', 'aBcDeFgHiJkLmNoPqRsTuVwX'];

export function offer({
  direction = 'sendonly',
  setup = 'actpass',
  fingerprint = FINGERPRINT,
  ice = ICE,
  groups = ['BUNDLE 0 1'],
  video = [...VP8, 'a=ssrc-group:FID 1001 1002', 'a=ssrc:1001 cname:c', 'a=ssrc:1002 cname:c'],
  audio = [...OPUS, 'a=ssrc:1003 cname:c'],
  proto = 'UDP/TLS/RTP/SAVPF',
  mux = true,
  mids = ['0', '1'],
  session = [],
}: OfferParts = {}): string {
  const section = (type: string, mid: string, lines: string[]) => [
    `m=${type} 9 ${proto} ${lines.flatMap((line) => /^a=rtpmap:(\d+)/.exec(line)?.[1] ?? []).join(' ') || '0'}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=${direction}`,
    ...(ice ? [`a=ice-ufrag:${ice[0]}`, `a=ice-pwd:${ice[1]}`] : []),
    ...(fingerprint ? [`a=fingerprint:${fingerprint}`] : []),
    `a=setup:${setup}`,
    ...(mux ? ['a=rtcp-mux'] : []),
    ...EXTENSIONS,
    ...lines,
  ];
  return [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    ...groups.map((group) => `a=group:${group}`),
    ...session,
    ...section('audio', mids[0], audio),
    ...section('video', mids[1], video),
    '',
  ].join('\r\n');
}

export const fragment = (ice: [string, string] | null, lines: string[] = []): string =>
  [
    ...(ice ? [`a=ice-ufrag:${ice[0]}`, `a=ice-pwd:${ice[1]}`] : []),
    'm=audio 9 UDP/TLS/RTP/SAVPF 0',
    'a=mid:0',
    ...lines,
    '',
  ].join('\r\n');

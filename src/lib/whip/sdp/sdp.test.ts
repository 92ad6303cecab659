import fc from 'fast-check';
import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import type { TransportDescription } from '../../sfu/index.ts';
import { fragment, ICE, offer, VP8 } from '../../../../test/support/offers.ts';
import { StreamProblem } from '../problem.ts';
import { writeAnswer } from './answer.ts';
import { readFragment } from './fragment.ts';
import { readOffer } from './offer.ts';
import { streamsOf } from './publish.ts';
import { viewerCapabilities } from './view.ts';

const transport: TransportDescription = {
  id: '0badcafe-0000-4000-8000-000000000000',
  iceParameters: { usernameFragment: 'hubhub', password: 'p'.repeat(24), iceLite: true },
  iceCandidates: (['udp', 'tcp'] as const).map((protocol) => ({
    foundation: `${protocol}candidate`,
    priority: 1_076_302_079,
    ip: '192.0.2.7',
    address: '192.0.2.7',
    protocol,
    port: 40_000,
    type: 'host',
    ...(protocol === 'tcp' ? { tcpType: 'passive' as const } : {}),
  })),
  dtlsParameters: { fingerprints: [{ algorithm: 'sha-256', value: 'AB:'.repeat(31) + 'AB' }] },
};
const publishedVideo = (lines: string[]) =>
  streamsOf(readOffer(offer({ video: lines }))).find(({ kind }) => kind === 'video')!.rtpParameters;

describe('an offer', () => {
  it('keeps names that look like numbers', () => {
    const read = readOffer(
      offer({ ice: ['1234', '1'.repeat(24)], mids: ['7', '8'], groups: ['BUNDLE 7 8'] }),
    );
    expect(read.iceUsername).toBe('1234');
    expect(read.icePassword).toBe('1'.repeat(24));
    expect(read.sections.map(({ mid }) => mid)).toEqual(['7', '8']);
  });

  it('is taken in its own numbers: payload types, retransmissions, extensions, SSRCs', () => {
    const video = publishedVideo([
      ...VP8,
      'a=ssrc-group:FID 1001 1002',
      'a=ssrc:1001 cname:c',
      'a=ssrc:1002 cname:c',
    ]);
    expect(video.codecs.map(({ payloadType }) => payloadType)).toEqual([96, 97]);
    expect(video.encodings).toEqual([{ ssrc: 1001, rtx: { ssrc: 1002 } }]);
    expect(video.headerExtensions).toContainEqual({
      uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
      id: 9,
    });
    expect(video.codecs[0]!.rtcpFeedback).toContainEqual({ type: 'transport-cc' });
  });

  it('may name simulcast layers with alternatives, or no SSRC at all', () => {
    expect(publishedVideo([...VP8, 'a=simulcast:send l,x;~h']).encodings).toEqual([
      { rid: 'l' },
      { rid: 'h' },
    ]);
    expect(publishedVideo(VP8).encodings).toEqual([{}]);
  });

  it('of a viewer gives the first payload type of each profile, without retransmissions', () => {
    const twice = [...VP8, 'a=rtpmap:100 VP8/90000'];
    const { codecs } = viewerCapabilities(readOffer(offer({ direction: 'recvonly', video: twice })));
    expect(codecs.map(({ preferredPayloadType }) => preferredPayloadType)).toEqual([111, 96]);
  });
});

it('an answer can be read again and has a section for each of the offer', () => {
  const read = readOffer(offer({ setup: 'passive', video: ['a=rtpmap:99 H265/90000'] }));
  const streams = streamsOf(read).map(({ mid, rtpParameters }) => ({
    mid,
    direction: 'recvonly' as const,
    rtpParameters,
  }));
  const answer = parse(writeAnswer({ offer: read, streams, transport }));
  expect(answer.media.map(({ mid, port, setup }) => [String(mid), port, setup])).toEqual([
    ['0', 9, 'active'],
    ['1', 0, undefined],
  ]);
  expect(answer.media[0]!.candidates?.map(({ transport: protocol }) => protocol)).toEqual(['udp', 'tcp']);
  expect(String(answer.groups?.[0]?.mids)).toBe('0');
});

it('whatever is sent is read or refused with a status, never anything else', () => {
  const lines = offer().split('\r\n');
  const parts = fc.array(fc.oneof(fc.constantFrom(...lines), fc.string(), fc.string({ unit: 'binary' })), {
    maxLength: 20,
  });
  const readers = [
    (text: string) => streamsOf(readOffer(text)),
    (text: string) => viewerCapabilities(readOffer(text)),
    (text: string) => readFragment(text),
  ];
  fc.assert(
    fc.property(parts, fc.nat(60), (extra, at) => {
      const text = [...lines.slice(0, at), ...extra, ...lines.slice(at)].join('\r\n');
      for (const read of readers) {
        try {
          read(text);
        } catch (error) {
          expect(error).toBeInstanceOf(StreamProblem);
        }
      }
    }),
    { numRuns: 150 },
  );
  expect(readFragment(fragment(ICE, ['a=end-of-candidates']))).toEqual({
    ice: { username: ICE[0], password: ICE[1] },
    candidates: 0,
  });
});

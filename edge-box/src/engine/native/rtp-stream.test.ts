import { describe, expect, it } from 'vitest';
import { EXTENSION_IDS, rtpHeaderLength, stampTransportSequence } from './rtp-packet.ts';
import { RtpStream } from './rtp-stream.ts';

const CAPTURE_MS = 1_790_000_000_500.25;
const video = { ssrc: 1111, payloadType: 102, clockRateHz: 90_000, cname: 'box', captureTimeOnEvery: false };
const withRtx = () => new RtpStream({ ...video, rtx: { ssrc: 2222, payloadType: 103 } });

/** One-byte header extensions as a receiver reads them (RFC 8285). */
function extensions(data: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  expect(data.readUInt16BE(12)).toBe(0xbede);
  for (let at = 16; at < rtpHeaderLength(data);) {
    const byte = data[at] ?? 0;
    if (byte === 0) {
      at++;
      continue;
    }
    const length = (byte & 0x0f) + 1;
    found.set(byte >> 4, data.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return found;
}

describe('RTP stream', () => {
  it('numbers packets, marks the last of a picture, and says the capture time on the first', () => {
    const stream = withRtx();
    const packets = stream.packetise([Buffer.from('aa'), Buffer.from('bb'), Buffer.from('cc')], CAPTURE_MS);
    const sequences = packets.map(({ data }) => data.readUInt16BE(2));
    expect(sequences).toEqual([0, 1, 2].map((i) => ((sequences[0] ?? 0) + i) & 0xffff));
    expect(packets.map(({ data }) => (data[1] ?? 0) >> 7)).toEqual([0, 0, 1]);
    expect(new Set(packets.map(({ data }) => data.readUInt32BE(4))).size).toBe(1);
    expect(packets.map(({ data }) => extensions(data).has(EXTENSION_IDS.absCaptureTime))).toEqual([
      true,
      false,
      false,
    ]);
    expect(packets.map(({ data }) => data.subarray(rtpHeaderLength(data)).toString())).toEqual([
      'aa',
      'bb',
      'cc',
    ]);
  });

  it('writes abs-capture-time as 64-bit NTP of the capture in hub time', () => {
    const [packet] = withRtx().packetise([Buffer.from('x')], CAPTURE_MS);
    const value = extensions(packet?.data ?? Buffer.alloc(0)).get(EXTENSION_IDS.absCaptureTime);
    expect(value?.length).toBe(8);
    const seconds = value?.readUInt32BE(0) ?? 0;
    const fraction = value?.readUInt32BE(4) ?? 0;
    // 1900 to 1970 are 70 years with 17 leap days.
    expect(seconds).toBe(1_790_000_000 + (70 * 365 + 17) * 86_400);
    expect((fraction / 2 ** 32) * 1000).toBeCloseTo(500.25, 3);
  });

  it('tells viewers of a clinical picture, once a picture, not to wait for smoothness', () => {
    const stream = new RtpStream({ ...video, showAtOnce: true });
    const packets = stream.packetise([Buffer.from('a'), Buffer.from('b')], CAPTURE_MS);
    const values = packets.map(({ data }) =>
      extensions(data).get(EXTENSION_IDS.playoutDelay)?.toString('hex'),
    );
    expect(values).toEqual(['000000', undefined]);
    const [other] = withRtx().packetise([Buffer.from('a')], CAPTURE_MS);
    expect(extensions(other?.data ?? Buffer.alloc(0)).has(EXTENSION_IDS.playoutDelay)).toBe(false);
  });

  it('runs timestamps at the clock rate', () => {
    const stream = withRtx();
    const [first] = stream.packetise([Buffer.from('x')], CAPTURE_MS);
    const [second] = stream.packetise([Buffer.from('x')], CAPTURE_MS + 40);
    const delta = (second?.data.readUInt32BE(4) ?? 0) - (first?.data.readUInt32BE(4) ?? 0);
    expect(delta >>> 0).toBe(3_600);
  });

  it('takes a transport-wide number at the last moment without touching anything else', () => {
    const [packet] = withRtx().packetise([Buffer.from('payload')], CAPTURE_MS);
    const data = packet?.data ?? Buffer.alloc(0);
    const before = Buffer.from(data);
    stampTransportSequence(data, 0xbeef);
    expect(extensions(data).get(EXTENSION_IDS.transportCc)?.readUInt16BE(0)).toBe(0xbeef);
    stampTransportSequence(data, 0);
    expect(data).toEqual(before);
  });

  it('retransmits what was asked for, as RFC 4588 says', () => {
    const stream = withRtx();
    const packets = stream.packetise([Buffer.from('one'), Buffer.from('two')], CAPTURE_MS);
    const lost = packets[1]?.data ?? Buffer.alloc(0);
    const again = stream.retransmit(lost.readUInt16BE(2), 1_000, 20)?.data ?? Buffer.alloc(0);
    const payload = again.subarray(rtpHeaderLength(again));
    expect(again.readUInt32BE(8)).toBe(2222);
    expect((again[1] ?? 0) & 0x7f).toBe(103);
    expect((again[1] ?? 0) >> 7).toBe(1);
    expect(again.readUInt32BE(4)).toBe(lost.readUInt32BE(4));
    expect(payload.readUInt16BE(0)).toBe(lost.readUInt16BE(2));
    expect(payload.subarray(2).toString()).toBe('two');
  });

  it('does not send the same packet twice at once, and not one it no longer holds', () => {
    const stream = withRtx();
    const [packet] = stream.packetise([Buffer.from('x')], CAPTURE_MS);
    const sequence = packet?.data.readUInt16BE(2) ?? 0;
    const first = stream.retransmit(sequence, 1_000, 20);
    expect(first).toBeDefined();
    expect(stream.retransmit(sequence, 1_005, 20)).toBeUndefined();
    const later = stream.retransmit(sequence, 1_100, 20);
    expect(later?.data.readUInt16BE(2)).toBe(((first?.data.readUInt16BE(2) ?? 0) + 1) & 0xffff);
    for (let i = 0; i < 1_024; i++) stream.packetise([Buffer.from('x')], CAPTURE_MS + i);
    expect(stream.retransmit(sequence, 2_000, 20)).toBeUndefined();
  });

  it('says the capture time on every packet of sound, and never retransmits it', () => {
    const sound = new RtpStream({ ...video, clockRateHz: 48_000, captureTimeOnEvery: true });
    const packets = sound.packetise([Buffer.from('a')], CAPTURE_MS);
    const data = packets[0]?.data ?? Buffer.alloc(0);
    expect(extensions(data).has(EXTENSION_IDS.absCaptureTime)).toBe(true);
    expect((data[1] ?? 0) >> 7).toBe(0);
    expect(sound.retransmit(data.readUInt16BE(2), 0, 20)).toBeUndefined();
  });
});

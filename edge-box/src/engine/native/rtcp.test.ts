import { describe, expect, it } from 'vitest';
import { buildSenderReport, compactNtp, parseRtcp, roundTripMs } from './rtcp.ts';
import { parseTransportFeedback } from './transport-feedback.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('RTCP in', () => {
  it('reads a NACK with its bitmask', () => {
    const packet = hex('81cd0003 00000001 00001111 fffe 0005');
    expect(parseRtcp(packet)).toEqual([{ type: 'nack', ssrc: 0x1111, sequences: [0xfffe, 0xffff, 0x0001] }]);
  });

  it('reads PLI and FIR as the same wish', () => {
    const compound = hex('81ce0002 00000001 00001111  84ce0004 00000001 00000000 00002222 05000000');
    expect(parseRtcp(compound)).toEqual([
      { type: 'keyFrame', ssrc: 0x1111 },
      { type: 'keyFrame', ssrc: 0x2222 },
    ]);
  });

  it('reads a receiver report and the round trip in it', () => {
    const nowMs = 1_790_000_000_000;
    const packet = hex('81c90007 00000001 00001111 40000005 00000000 00000000 00000000 00008000');
    packet.writeUInt32BE(compactNtp(nowMs - 550), 24);
    const [report] = parseRtcp(packet);
    expect(report).toMatchObject({ type: 'report', ssrc: 0x1111, fractionLost: 0.25 });
    if (report?.type !== 'report') throw new Error('no report');
    expect(roundTripMs(report, nowMs)).toBeCloseTo(50, 0);
    expect(roundTripMs({ ...report, lastSrCompact: 0 }, nowMs)).toBeNull();
  });

  it('survives whatever comes', () => {
    expect(parseRtcp(Buffer.alloc(0))).toEqual([]);
    expect(parseRtcp(hex('81cd'))).toEqual([]);
    expect(parseRtcp(hex('81cdffff 00000001'))).toEqual([]);
    expect(parseRtcp(hex('81cd0000'))).toEqual([]);
    let seed = 5;
    for (let run = 0; run < 20_000; run++) {
      const bytes = Buffer.from(
        Array.from({ length: run % 64 }, () => {
          seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
          return seed >>> 24;
        }),
      );
      if (bytes.length > 4) {
        bytes[0] = 0x80 | (seed & 0x1f);
        bytes[1] = 200 + (run % 8);
        bytes.writeUInt16BE(Math.floor(bytes.length / 4) - 1, 2);
      }
      for (const event of parseRtcp(bytes))
        if (event.type === 'transportCc') parseTransportFeedback(event.body);
    }
  });
});

describe('transport-wide feedback', () => {
  it('reads run-length and vector chunks, small, large and negative deltas', () => {
    // base 0xffff, 6 packets, reference 2 × 64 ms; run: 2 small; two-bit vector: none, large, small, large, …
    const body = hex('ffff 0006 000002 00  2002  c980  04 08 0190 10 ff9c');
    expect(parseTransportFeedback(body)).toEqual([
      { sequence: 0xffff, arrivalMs: 129 },
      { sequence: 0, arrivalMs: 131 },
      { sequence: 1, arrivalMs: null },
      { sequence: 2, arrivalMs: 231 },
      { sequence: 3, arrivalMs: 235 },
      { sequence: 4, arrivalMs: 210 },
    ]);
  });

  it('reads a one-bit vector', () => {
    const body = hex('0001 0003 000000 01  a800  04 04');
    expect(parseTransportFeedback(body)?.map(({ arrivalMs }) => arrivalMs)).toEqual([1, null, 2]);
  });

  it('refuses what is cut short', () => {
    expect(parseTransportFeedback(hex('0001'))).toBeNull();
    expect(parseTransportFeedback(hex('0001 0003 000000 01'))).toBeNull();
    expect(parseTransportFeedback(hex('0001 0003 000000 01 a800 04'))).toBeNull();
  });
});

describe('RTCP out', () => {
  it('writes SR and SDES that say who, when and how much', () => {
    const report = buildSenderReport({
      ssrc: 0x1111,
      cname: 'box-1',
      hubNowMs: 1_790_000_000_250,
      rtpTimestamp: 0xfffffff0,
      packets: 10,
      bytes: 1_000,
    });
    expect(report.length % 4).toBe(0);
    expect(report.readUInt16BE(2)).toBe(6);
    expect(report.readUInt32BE(8)).toBe(1_790_000_000 + 2_208_988_800);
    expect(report.readUInt32BE(12) / 2 ** 32).toBeCloseTo(0.25, 6);
    expect(report.readUInt32BE(16)).toBe(0xfffffff0);
    expect([report.readUInt32BE(20), report.readUInt32BE(24)]).toEqual([10, 1_000]);
    expect(report[29]).toBe(202);
    expect(28 + (report.readUInt16BE(30) + 1) * 4).toBe(report.length);
    expect(report.toString('latin1', 38, 43)).toBe('box-1');
    expect(report[43]).toBe(0);
  });
});

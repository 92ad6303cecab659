import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildSenderReport, compactNtp, parseRtcp, roundTripMs } from '../engine/native/rtcp.ts';
import { buildRtp } from '../engine/native/rtp-packet.ts';
import { ReceptionReports } from './reception-reports.ts';
import { isRtcp, readRtp } from './rtp-reader.ts';

const SSRC = 77;
const received = (sequence: number, timestamp = sequence * 960, ssrc = SSRC) => ({
  ssrc,
  sequence: sequence & 0xffff,
  timestamp,
  payload: Buffer.from('x'),
});

describe('the reader of RTP', () => {
  it('reads what our own writer wrote', () => {
    fc.assert(
      fc.property(
        fc.record({
          sequence: fc.nat(0xffff),
          timestamp: fc.nat(0xffff_ffff),
          ssrc: fc.nat(0xffff_ffff),
          payload: fc.uint8Array({ minLength: 1, maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
          marker: fc.boolean(),
          hasTime: fc.boolean(),
        }),
        ({ hasTime, ...fields }) => {
          const written = buildRtp({ ...fields, payloadType: 111, ...(hasTime && { captureHubMs: 1 }) });
          expect(isRtcp(written)).toBe(false);
          const { sequence, timestamp, ssrc, payload } = fields;
          expect(readRtp(written)).toEqual({ sequence, timestamp, ssrc, payload });
        },
      ),
    );
  });

  it('takes off padding and contributing sources, and refuses what is cut off', () => {
    const header = (first: number): Buffer => Buffer.from([first, 111, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]);
    const sources = Buffer.alloc(8);
    const padded = Buffer.concat([header(0xa2), sources, Buffer.from([9, 0, 0, 3])]);
    expect(readRtp(padded)?.payload).toEqual(Buffer.from([9]));
    expect(readRtp(header(0x80))).toBeNull();
    expect(readRtp(Buffer.concat([header(0x90), Buffer.from([0xbe])]))).toBeNull();
    expect(readRtp(Buffer.concat([header(0x90), Buffer.from([0xbe, 0xde, 0, 9, 1])]))).toBeNull();
    expect(readRtp(Buffer.concat([header(0xa0), Buffer.from([1, 2, 200])]))).toBeNull();
    expect(readRtp(Buffer.concat([header(0x40), Buffer.from([1])]))).toBeNull();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const message = Buffer.from(bytes);
        isRtcp(message);
        readRtp(message);
        new ReceptionReports(1).onRtcp(message, 0);
      }),
    );
  });
});

describe('reception reports', () => {
  function blockOf(reports: ReceptionReports, nowMs: number) {
    const report = reports.build(nowMs);
    expect(report && isRtcp(report)).toBe(true);
    const [event] = parseRtcp(report ?? Buffer.alloc(0));
    if (event?.type !== 'report') throw new Error('no report');
    return {
      ...event,
      lost: report?.readUIntBE(13, 3),
      highest: report?.readUInt32BE(16),
      jitter: report?.readUInt32BE(20),
    };
  }

  it('tell the loss since the last one and in all, over the end of the numbers', () => {
    const reports = new ReceptionReports(1);
    expect(reports.build(0)).toBeNull();
    for (let i = 0; i < 100; i++) if (i % 4 !== 3) reports.onRtp(received(65_500 + i, i * 960), i * 20);
    expect(blockOf(reports, 2_000)).toMatchObject({
      ssrc: SSRC,
      fractionLost: 62 / 256,
      lost: 24,
      highest: 65_598,
    });
    for (let i = 100; i < 200; i++) reports.onRtp(received(65_500 + i, i * 960), i * 20);
    // The one that was open when the last was built.
    expect(blockOf(reports, 4_000)).toMatchObject({ fractionLost: 2 / 256, lost: 25 });
    expect(blockOf(reports, 5_000)).toMatchObject({ fractionLost: 0, lost: 25 });
    reports.forget(SSRC);
    expect(reports.build(6_000)).toBeNull();
  });

  it('measure unevenness in ticks, and take no pause for it', () => {
    const reports = new ReceptionReports(1);
    for (let i = 0; i < 500; i++) reports.onRtp(received(i), i * 20 + (i % 2) * 10);
    // Every step is 10 ms off: 480 ticks.
    expect(blockOf(reports, 10_000).jitter).toBeCloseTo(480, -1);
    reports.onRtp(received(500, 500 * 960 + 48_000 * 60), 500 * 20);
    expect(blockOf(reports, 10_020).jitter).toBeLessThanOrEqual(490);
  });

  it("let the hub measure its round trip, by its sender's reports", () => {
    const reports = new ReceptionReports(1);
    reports.onRtp(received(1), 0);
    const hubNowMs = Date.now();
    const report = { ssrc: SSRC, cname: 'hub', hubNowMs, rtpTimestamp: 0, packets: 1, bytes: 1 };
    reports.onRtcp(buildSenderReport(report), 1_000);
    // 40 ms on the way here and back, 500 ms here.
    const block = blockOf(reports, 1_500);
    expect(block.lastSrCompact).toBe(compactNtp(hubNowMs));
    expect(roundTripMs(block, hubNowMs + 540)).toBeCloseTo(40, 0);
  });

  it('tell of everybody in turn when there are more than fit', () => {
    const reports = new ReceptionReports(1);
    for (let ssrc = 0; ssrc < 40; ssrc++) reports.onRtp(received(1, 0, ssrc), 0);
    const told = [1, 2].flatMap((at) =>
      parseRtcp(reports.build(at) ?? Buffer.alloc(0)).map((event) => ('ssrc' in event ? event.ssrc : -1)),
    );
    expect(new Set(told).size).toBe(40);
  });
});

import type { ReceivedRtp } from './rtp-reader.ts';

const RTP_TICKS_PER_MS = 48;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
/** The count has five bits; the next report begins where this one ends. */
const MOST_BLOCKS = 31;
const BLOCK_BYTES = 24;

/** What one stream's report needs (RFC 3550, 6.4.1 and A.3). */
interface Reception {
  firstSequence: number;
  /** Counted on beyond 16 bits. */
  highest: number;
  received: number;
  expectedBefore: number;
  receivedBefore: number;
  /** In ticks of the stream's clock. */
  jitter: number;
  transit: number | null;
  lastSrCompact: number;
  lastSrAtMs: number;
}

/** The receiver's half of RTCP: tells the hub how its streams arrive. Times are in ms of any steady clock. */
export class ReceptionReports {
  readonly #ssrc: number;
  readonly #streams = new Map<number, Reception>();

  /** `ssrc`: in whose name it reports. */
  constructor(ssrc: number) {
    this.#ssrc = ssrc;
  }

  onRtp({ ssrc, sequence, timestamp }: ReceivedRtp, nowMs: number): void {
    const stream = this.#streams.get(ssrc);
    const transit = nowMs * RTP_TICKS_PER_MS - timestamp;
    if (!stream) {
      const counts = { received: 1, expectedBefore: 0, receivedBefore: 0, jitter: 0, transit };
      const report = { lastSrCompact: 0, lastSrAtMs: 0 };
      this.#streams.set(ssrc, { firstSequence: sequence, highest: sequence, ...counts, ...report });
      return;
    }
    stream.received++;
    const ahead = ((sequence - stream.highest) << 16) >> 16;
    stream.highest = Math.max(stream.highest, stream.highest + ahead);
    const unevenness = Math.abs(transit - (stream.transit ?? transit));
    // A pause moves the time stamps' origin, or they wrapped; neither is the line's doing.
    if (unevenness < 1_000 * RTP_TICKS_PER_MS) stream.jitter += (unevenness - stream.jitter) / 16;
    stream.transit = transit;
  }

  onRtcp(message: Buffer, nowMs: number): void {
    for (let at = 0; at + 4 <= message.length;) {
      const length = (message.readUInt16BE(at + 2) + 1) * 4;
      if ((message[at] ?? 0) >> 6 !== 2 || at + length > message.length) return;
      if (message[at + 1] === SENDER_REPORT && length >= 28) {
        const stream = this.#streams.get(message.readUInt32BE(at + 4));
        if (stream) {
          stream.lastSrCompact = message.readUInt32BE(at + 10);
          stream.lastSrAtMs = nowMs;
        }
      }
      at += length;
    }
  }

  forget(ssrc: number): void {
    this.#streams.delete(ssrc);
  }

  /** What is to be sent now; null while nothing was received. */
  build(nowMs: number): Buffer | null {
    const streams = [...this.#streams].slice(0, MOST_BLOCKS);
    if (streams.length === 0) return null;
    const report = Buffer.alloc(8 + BLOCK_BYTES * streams.length);
    report[0] = 0x80 | streams.length;
    report[1] = RECEIVER_REPORT;
    report.writeUInt16BE(report.length / 4 - 1, 2);
    report.writeUInt32BE(this.#ssrc, 4);
    streams.forEach(([ssrc, stream], i) => writeBlock(report, 8 + i * BLOCK_BYTES, ssrc, stream, nowMs));
    for (const [ssrc, stream] of streams) {
      // Those that are told of last come first next time.
      this.#streams.delete(ssrc);
      this.#streams.set(ssrc, stream);
    }
    return report;
  }
}

function writeBlock(report: Buffer, at: number, ssrc: number, stream: Reception, nowMs: number): void {
  const expected = stream.highest - stream.firstSequence + 1;
  const expectedNow = expected - stream.expectedBefore;
  const lostNow = Math.max(0, expectedNow - (stream.received - stream.receivedBefore));
  stream.expectedBefore = expected;
  stream.receivedBefore = stream.received;
  const lost = Math.min(0x7f_ffff, Math.max(0, expected - stream.received));
  report.writeUInt32BE(ssrc, at);
  report[at + 4] = expectedNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow));
  report.writeUIntBE(lost, at + 5, 3);
  report.writeUInt32BE(stream.highest >>> 0, at + 8);
  report.writeUInt32BE(Math.round(stream.jitter) >>> 0, at + 12);
  report.writeUInt32BE(stream.lastSrCompact, at + 16);
  const delay = stream.lastSrCompact === 0 ? 0 : ((nowMs - stream.lastSrAtMs) * 65_536) / 1_000;
  report.writeUInt32BE(Math.round(delay) >>> 0, at + 20);
}

import { ntpFromUnixMs } from './time-formats.ts';

/** The RTCP that a sender writes (SR, SDES) and reads (RR, NACK, PLI, FIR, transport-wide feedback). */
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;

export type RtcpEvent =
  | { type: 'nack'; ssrc: number; sequences: number[] }
  | { type: 'keyFrame'; ssrc: number }
  | { type: 'report'; ssrc: number; fractionLost: number; lastSrCompact: number; delaySinceSr: number }
  | { type: 'transportCc'; body: Buffer };

/** Reads a compound packet; what is malformed or unknown is skipped. */
export function parseRtcp(data: Buffer): RtcpEvent[] {
  const events: RtcpEvent[] = [];
  let at = 0;
  while (at + 4 <= data.length) {
    const first = data[at] ?? 0;
    const length = (data.readUInt16BE(at + 2) + 1) * 4;
    if (first >> 6 !== 2 || at + length > data.length) break;
    const packet = data.subarray(at, at + length);
    const count = first & 0x1f;
    const kind = packet[1];
    if (kind === RECEIVER_REPORT) readReports(packet, 8, count, events);
    else if (kind === SENDER_REPORT) readReports(packet, 28, count, events);
    else if (kind === TRANSPORT_FEEDBACK && length >= 12) readTransportFeedback(packet, count, events);
    else if (kind === PAYLOAD_FEEDBACK && length >= 12) readPayloadFeedback(packet, count, events);
    at += length;
  }
  return events;
}

function readReports(packet: Buffer, start: number, count: number, events: RtcpEvent[]): void {
  for (let i = 0; i < count && start + 24 <= packet.length; i++, start += 24) {
    events.push({
      type: 'report',
      ssrc: packet.readUInt32BE(start),
      fractionLost: (packet[start + 4] ?? 0) / 256,
      lastSrCompact: packet.readUInt32BE(start + 16),
      delaySinceSr: packet.readUInt32BE(start + 20),
    });
  }
}

function readTransportFeedback(packet: Buffer, format: number, events: RtcpEvent[]): void {
  if (format === 15) {
    events.push({ type: 'transportCc', body: packet.subarray(12) });
    return;
  }
  if (format !== 1) return;
  const sequences: number[] = [];
  for (let at = 12; at + 4 <= packet.length; at += 4) {
    const base = packet.readUInt16BE(at);
    const bitmask = packet.readUInt16BE(at + 2);
    sequences.push(base);
    for (let bit = 0; bit < 16; bit++) if (bitmask & (1 << bit)) sequences.push((base + bit + 1) & 0xffff);
  }
  events.push({ type: 'nack', ssrc: packet.readUInt32BE(8), sequences });
}

function readPayloadFeedback(packet: Buffer, format: number, events: RtcpEvent[]): void {
  if (format === 1) events.push({ type: 'keyFrame', ssrc: packet.readUInt32BE(8) });
  if (format === 4) {
    for (let at = 12; at + 8 <= packet.length; at += 8) {
      events.push({ type: 'keyFrame', ssrc: packet.readUInt32BE(at) });
    }
  }
}

export interface SenderReport {
  ssrc: number;
  cname: string;
  hubNowMs: number;
  rtpTimestamp: number;
  packets: number;
  bytes: number;
}

/** SR and SDES in one compound packet. */
export function buildSenderReport(report: SenderReport): Buffer {
  const cname = Buffer.from(report.cname, 'latin1');
  // Chunk: SSRC, item type, length, text, and at least one zero to end the list, padded to 32 bits.
  const chunk = Math.ceil((4 + 2 + cname.length + 1) / 4) * 4;
  const data = Buffer.alloc(28 + 4 + chunk);
  const { seconds, fraction } = ntpFromUnixMs(report.hubNowMs);
  data[0] = 0x80;
  data[1] = SENDER_REPORT;
  data.writeUInt16BE(6, 2);
  data.writeUInt32BE(report.ssrc, 4);
  data.writeUInt32BE(seconds, 8);
  data.writeUInt32BE(fraction, 12);
  data.writeUInt32BE(report.rtpTimestamp >>> 0, 16);
  data.writeUInt32BE(report.packets >>> 0, 20);
  data.writeUInt32BE(report.bytes >>> 0, 24);
  data[28] = 0x81;
  data[29] = SOURCE_DESCRIPTION;
  data.writeUInt16BE(chunk / 4, 30);
  data.writeUInt32BE(report.ssrc, 32);
  data[36] = 1;
  data[37] = cname.length;
  cname.copy(data, 38);
  return data;
}

/** Middle 32 bits of NTP time, the form in which a report quotes our SR. */
export function compactNtp(hubNowMs: number): number {
  const { seconds, fraction } = ntpFromUnixMs(hubNowMs);
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}

/** Round trip in ms from a receiver report, or null when it quotes no SR. */
export function roundTripMs(
  report: { lastSrCompact: number; delaySinceSr: number },
  hubNowMs: number,
): number | null {
  if (report.lastSrCompact === 0) return null;
  const units = (compactNtp(hubNowMs) - report.lastSrCompact - report.delaySinceSr) | 0;
  return units < 0 ? 0 : (units / 65536) * 1000;
}

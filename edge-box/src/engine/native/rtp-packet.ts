import { ntpFromUnixMs } from './time-formats.ts';

/** Header extension ids; ours to choose, the hub maps them for each viewer. */
export const EXTENSION_IDS = { transportCc: 5, playoutDelay: 6, absCaptureTime: 7 } as const;

export interface RtpFields {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
  /** Hub time of the capture; written as abs-capture-time when given. */
  captureHubMs?: number;
  /** Tells the viewer to show the picture as soon as it can be decoded, however unevenly they come (playout-delay of 0 to 0). */
  showAtOnce?: boolean;
}

/** A packet that waits to be sent; its transport-wide number is filled in at the last moment. */
export interface OutgoingPacket {
  data: Buffer;
  ssrc: number;
}

const FIXED_HEADER = 12;
const EXTENSION_HEADER = 4;
const ONE_BYTE_PROFILE = 0xbede;
/** The transport-wide sequence number comes first in every packet, at a fixed place. */
const TRANSPORT_SEQUENCE_AT = FIXED_HEADER + EXTENSION_HEADER + 1;
const ALWAYS = 1 + 2;
const CAPTURE_TIME = 1 + 8;
const PLAYOUT_DELAY = 1 + 3;

export function buildRtp(fields: RtpFields): Buffer {
  const captureTime = fields.captureHubMs === undefined ? 0 : CAPTURE_TIME;
  const used = ALWAYS + captureTime + (fields.showAtOnce ? PLAYOUT_DELAY : 0);
  const padded = Math.ceil(used / 4) * 4;
  const header = FIXED_HEADER + EXTENSION_HEADER + padded;
  const data = Buffer.alloc(header + fields.payload.length);
  data[0] = 0x90; // version 2, extension
  data[1] = (fields.marker ? 0x80 : 0) | fields.payloadType;
  data.writeUInt16BE(fields.sequence, 2);
  data.writeUInt32BE(fields.timestamp, 4);
  data.writeUInt32BE(fields.ssrc, 8);
  data.writeUInt16BE(ONE_BYTE_PROFILE, 12);
  data.writeUInt16BE(padded / 4, 14);
  data[TRANSPORT_SEQUENCE_AT - 1] = (EXTENSION_IDS.transportCc << 4) | 1;
  if (fields.captureHubMs !== undefined) {
    const at = FIXED_HEADER + EXTENSION_HEADER + ALWAYS;
    const { seconds, fraction } = ntpFromUnixMs(fields.captureHubMs);
    data[at] = (EXTENSION_IDS.absCaptureTime << 4) | 7;
    data.writeUInt32BE(seconds, at + 1);
    data.writeUInt32BE(fraction, at + 5);
  }
  // Both limits are zero, as the buffer is already.
  if (fields.showAtOnce) {
    data[FIXED_HEADER + EXTENSION_HEADER + ALWAYS + captureTime] = (EXTENSION_IDS.playoutDelay << 4) | 2;
  }
  fields.payload.copy(data, header);
  return data;
}

/** Numbers a packet of ours among everything that leaves over this transport. */
export function stampTransportSequence(data: Buffer, transportSequence: number): void {
  data.writeUInt16BE(transportSequence, TRANSPORT_SEQUENCE_AT);
}

export function rtpHeaderLength(data: Buffer): number {
  const csrcs = ((data[0] ?? 0) & 0x0f) * 4;
  const hasExtension = ((data[0] ?? 0) & 0x10) !== 0;
  const fixed = FIXED_HEADER + csrcs;
  return hasExtension ? fixed + EXTENSION_HEADER + data.readUInt16BE(fixed + 2) * 4 : fixed;
}

/** RFC 4588: the lost packet under another SSRC, payload type and sequence, its own number in front of the payload. */
export function buildRtx(original: Buffer, ssrc: number, payloadType: number, sequence: number): Buffer {
  const header = rtpHeaderLength(original);
  const data = Buffer.alloc(original.length + 2);
  original.copy(data, 0, 0, header);
  data[1] = ((original[1] ?? 0) & 0x80) | payloadType;
  data.writeUInt16BE(sequence, 2);
  data.writeUInt32BE(ssrc, 8);
  original.copy(data, header, 2, 4);
  original.copy(data, header + 2, header);
  return data;
}

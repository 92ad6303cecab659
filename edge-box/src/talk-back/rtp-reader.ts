import { rtpHeaderLength } from '../engine/native/rtp-packet.ts';

export interface ReceivedRtp {
  ssrc: number;
  sequence: number;
  timestamp: number;
  payload: Buffer;
}

const FIXED_HEADER = 12;
const PADDING = 0x20;
/** RFC 5761, 4: what a second byte in this range begins is RTCP. */
const FIRST_RTCP_TYPE = 192;
const LAST_RTCP_TYPE = 223;

export function isRtcp(message: Buffer): boolean {
  const kind = message[1] ?? 0;
  return kind >= FIRST_RTCP_TYPE && kind <= LAST_RTCP_TYPE;
}

/** Null for what is no RTP packet, or holds nothing. */
export function readRtp(message: Buffer): ReceivedRtp | null {
  const first = message[0] ?? 0;
  if (message.length <= FIXED_HEADER || first >> 6 !== 2) return null;
  const extensionAt = FIXED_HEADER + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0 && message.length < extensionAt + 4) return null;
  const start = rtpHeaderLength(message);
  const padding = (first & PADDING) === 0 ? 0 : (message.at(-1) ?? 0);
  const end = message.length - padding;
  if (start >= end) return null;
  return {
    ssrc: message.readUInt32BE(8),
    sequence: message.readUInt16BE(2),
    timestamp: message.readUInt32BE(4),
    payload: message.subarray(start, end),
  };
}

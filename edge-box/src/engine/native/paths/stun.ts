import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** As much of STUN (RFC 8489) as an ICE connectivity check (RFC 8445, 7.2) needs. */
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const TRANSACTION_AT = 8;
const INTEGRITY_BYTES = 24;
const FINGERPRINT_BYTES = 8;
const FINGERPRINT_XOR = 0x5354554e;
const ATTRIBUTES = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlling: 0x802a,
} as const;
export const TRANSACTION_ID_BYTES = 12;

export interface IceCredentials {
  localUfrag: string;
  hubUfrag: string;
  /** The hub's password: it keys what we send. */
  hubPassword: string;
}

export interface CheckRequest {
  transactionId: Buffer;
  credentials: IceCredentials;
  /** Has the hub send to where this request comes from. */
  nominate: boolean;
  priority: number;
  tieBreaker: bigint;
}

export function buildCheck(request: CheckRequest): Buffer {
  const { transactionId, credentials, nominate, priority, tieBreaker } = request;
  const priorityValue = Buffer.alloc(4);
  priorityValue.writeUInt32BE(priority >>> 0);
  const tieBreakerValue = Buffer.alloc(8);
  tieBreakerValue.writeBigUInt64BE(tieBreaker);
  const attributes = [
    attribute(ATTRIBUTES.username, Buffer.from(`${credentials.hubUfrag}:${credentials.localUfrag}`)),
    attribute(ATTRIBUTES.priority, priorityValue),
    attribute(ATTRIBUTES.iceControlling, tieBreakerValue),
    ...(nominate ? [attribute(ATTRIBUTES.useCandidate, Buffer.alloc(0))] : []),
  ];
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(BINDING_REQUEST, 0);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  transactionId.copy(header, TRANSACTION_AT);
  let message = Buffer.concat([header, ...attributes]);
  // Each of the last two covers what comes before it, with a length that counts itself.
  message.writeUInt16BE(message.length - HEADER_BYTES + INTEGRITY_BYTES, 2);
  const integrity = createHmac('sha1', credentials.hubPassword).update(message).digest();
  message = Buffer.concat([message, attribute(ATTRIBUTES.messageIntegrity, integrity)]);
  message.writeUInt16BE(message.length - HEADER_BYTES + FINGERPRINT_BYTES, 2);
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(message) ^ FINGERPRINT_XOR) >>> 0);
  return Buffer.concat([message, attribute(ATTRIBUTES.fingerprint, fingerprint)]);
}

function attribute(type: number, value: Buffer): Buffer {
  const data = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  data.writeUInt16BE(type, 0);
  data.writeUInt16BE(value.length, 2);
  value.copy(data, 4);
  return data;
}

export interface CheckAnswer {
  /** Latin-1 of the 12 bytes: a key. */
  transactionId: string;
  /** Where our packets seem to come from, as on the wire; another one than before is a NAT that forgot. Null when not told. */
  mapped: string | null;
}

/** The transaction of a successful answer; null for anything else, which is not ours to judge. */
export function readAnswer(data: Buffer): CheckAnswer | null {
  if (data.length < HEADER_BYTES || data.readUInt16BE(0) !== BINDING_SUCCESS) return null;
  if (data.readUInt32BE(4) !== MAGIC_COOKIE) return null;
  const transactionId = data.toString('latin1', TRANSACTION_AT, HEADER_BYTES);
  let mapped: string | null = null;
  for (let at = HEADER_BYTES; at + 4 <= data.length;) {
    const length = data.readUInt16BE(at + 2);
    const value = data.subarray(at + 4, at + 4 + length);
    if (data.readUInt16BE(at) === ATTRIBUTES.xorMappedAddress && value.length === length && length >= 8) {
      // Left as it is on the wire: it is only compared.
      mapped = value.toString('hex');
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { transactionId, mapped };
}

/** Transport-wide congestion control feedback: which packets arrived, and when by the hub's clock (draft-holmer-rmcat-transport-wide-cc). */
export interface PacketArrival {
  sequence: number;
  /** Hub's receive time in ms from an origin of its own; null: not received. */
  arrivalMs: number | null;
}

const REFERENCE_UNIT_MS = 64;
const DELTA_UNIT_MS = 0.25;
const SMALL_DELTA = 1;
const LARGE_DELTA = 2;

/** Reads the feedback's body (after the two SSRCs); null when it is malformed. */
export function parseTransportFeedback(body: Buffer): PacketArrival[] | null {
  if (body.length < 8) return null;
  const base = body.readUInt16BE(0);
  const count = body.readUInt16BE(2);
  let at = 8;
  const statuses: number[] = [];
  while (statuses.length < count) {
    if (at + 2 > body.length) return null;
    readChunk(body.readUInt16BE(at), statuses);
    at += 2;
  }
  let timeMs = body.readIntBE(4, 3) * REFERENCE_UNIT_MS;
  const arrivals: PacketArrival[] = [];
  for (let i = 0; i < count; i++) {
    const sequence = (base + i) & 0xffff;
    const status = statuses[i];
    const bytes = status === SMALL_DELTA ? 1 : status === LARGE_DELTA ? 2 : 0;
    if (bytes === 0) {
      arrivals.push({ sequence, arrivalMs: null });
      continue;
    }
    if (at + bytes > body.length) return null;
    timeMs += (bytes === 1 ? body.readUInt8(at) : body.readInt16BE(at)) * DELTA_UNIT_MS;
    at += bytes;
    arrivals.push({ sequence, arrivalMs: timeMs });
  }
  return arrivals;
}

function readChunk(chunk: number, statuses: number[]): void {
  if (!(chunk & 0x8000)) {
    const status = (chunk >> 13) & 0x03;
    for (let i = chunk & 0x1fff; i > 0; i--) statuses.push(status);
  } else if (chunk & 0x4000) {
    for (let bit = 12; bit >= 0; bit -= 2) statuses.push((chunk >> bit) & 0x03);
  } else {
    for (let bit = 13; bit >= 0; bit--) statuses.push((chunk >> bit) & 0x01);
  }
}

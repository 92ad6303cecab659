/** H.264 into RTP payloads, RFC 6184 packetization-mode 1: single NAL units, STAP-A for small ones, FU-A for large ones. */
const STAP_A = 24;
const FU_A = 28;
const NAL_HEADER_MASK = 0xe0;

/** The NAL units of an Annex B access unit, start codes removed. */
export function splitNalUnits(accessUnit: Buffer): Buffer[] {
  const starts: { code: number; body: number }[] = [];
  for (let i = accessUnit.indexOf('\0\0\u0001', 0, 'latin1'); i >= 0;) {
    // A four-byte start code's leading zero belongs to the code, not to the unit before it.
    starts.push({ code: i > 0 && accessUnit[i - 1] === 0 ? i - 1 : i, body: i + 3 });
    i = accessUnit.indexOf('\0\0\u0001', i + 3, 'latin1');
  }
  return starts
    .map(({ body }, index) => accessUnit.subarray(body, starts[index + 1]?.code ?? accessUnit.length))
    .filter((unit) => unit.length > 0);
}

/** The payloads of one access unit, in sending order; the last one gets the marker bit. */
export function packetiseH264(accessUnit: Buffer, maxPayloadBytes: number): Buffer[] {
  const payloads: Buffer[] = [];
  let small: Buffer[] = [];
  let smallBytes = 1;
  const flushSmall = (): void => {
    if (small.length === 1 && small[0]) payloads.push(small[0]);
    else if (small.length > 1) payloads.push(aggregate(small));
    small = [];
    smallBytes = 1;
  };
  for (const unit of splitNalUnits(accessUnit)) {
    if (smallBytes + 2 + unit.length > maxPayloadBytes) flushSmall();
    if (unit.length > maxPayloadBytes) {
      payloads.push(...fragment(unit, maxPayloadBytes));
      continue;
    }
    small.push(unit);
    smallBytes += 2 + unit.length;
  }
  flushSmall();
  return payloads;
}

function aggregate(units: Buffer[]): Buffer {
  let header = 0;
  const parts: Buffer[] = [Buffer.alloc(1)];
  for (const unit of units) {
    const first = unit[0] ?? 0;
    // Forbidden bit: any; importance: the highest of the aggregated.
    header = (header & 0x80) | (first & 0x80) | Math.max(header & 0x60, first & 0x60);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(unit.length);
    parts.push(length, unit);
  }
  const payload = Buffer.concat(parts);
  payload[0] = header | STAP_A;
  return payload;
}

function fragment(unit: Buffer, maxPayloadBytes: number): Buffer[] {
  const header = unit[0] ?? 0;
  const body = unit.subarray(1);
  const count = Math.ceil(body.length / (maxPayloadBytes - 2));
  const size = Math.ceil(body.length / count);
  return Array.from({ length: count }, (_, i) => {
    const part = body.subarray(i * size, (i + 1) * size);
    const payload = Buffer.alloc(part.length + 2);
    payload[0] = (header & NAL_HEADER_MASK) | FU_A;
    payload[1] = (i === 0 ? 0x80 : 0) | (i === count - 1 ? 0x40 : 0) | (header & 0x1f);
    part.copy(payload, 2);
    return payload;
  });
}

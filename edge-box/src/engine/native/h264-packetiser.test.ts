import { describe, expect, it } from 'vitest';
import { packetiseH264, splitNalUnits } from './h264-packetiser.ts';

const LONG_CODE = [0, 0, 0, 1];
const SHORT_CODE = [0, 0, 1];

/** A NAL unit whose bytes never look like a start code. */
function nal(header: number, length: number): Buffer {
  return Buffer.from([header, ...Array.from({ length: length - 1 }, (_, i) => 1 + ((i * 7) % 250))]);
}

function annexB(units: Buffer[], code = LONG_CODE): Buffer {
  return Buffer.concat(units.flatMap((unit) => [Buffer.from(code), unit]));
}

/** What a receiver does (RFC 6184), to check the sender against. */
function depacketise(payloads: Buffer[]): Buffer[] {
  const units: Buffer[] = [];
  let open: Buffer[] | undefined;
  for (const payload of payloads) {
    const type = (payload[0] ?? 0) & 0x1f;
    if (type === 24) {
      for (let at = 1; at < payload.length;) {
        const length = payload.readUInt16BE(at);
        units.push(payload.subarray(at + 2, at + 2 + length));
        at += 2 + length;
      }
    } else if (type === 28) {
      const fu = payload[1] ?? 0;
      if (fu & 0x80) open = [Buffer.from([((payload[0] ?? 0) & 0xe0) | (fu & 0x1f)])];
      if (!open) throw new Error('fragment without a start');
      open.push(payload.subarray(2));
      if (fu & 0x40) {
        units.push(Buffer.concat(open));
        open = undefined;
      }
    } else units.push(payload);
  }
  if (open) throw new Error('fragments without an end');
  return units;
}

describe('H.264 packetiser', () => {
  const sps = nal(0x67, 24);
  const pps = nal(0x68, 6);
  const idr = nal(0x65, 9_000);

  it('finds units after three- and four-byte start codes', () => {
    expect(splitNalUnits(annexB([sps, pps, idr]))).toEqual([sps, pps, idr]);
    expect(splitNalUnits(annexB([sps, pps, idr], SHORT_CODE))).toEqual([sps, pps, idr]);
    expect(splitNalUnits(Buffer.alloc(0))).toEqual([]);
  });

  it('puts small units together and cuts large ones, and all of it comes back', () => {
    const payloads = packetiseH264(annexB([sps, pps, idr]), 1_130);
    expect((payloads[0]?.[0] ?? 0) & 0x1f).toBe(24);
    expect((payloads[1]?.[0] ?? 0) & 0x1f).toBe(28);
    expect(Math.max(...payloads.map(({ length }) => length))).toBeLessThanOrEqual(1_130);
    expect(depacketise(payloads)).toEqual([sps, pps, idr]);
  });

  it('sends a lone small unit as it is', () => {
    const slice = nal(0x41, 300);
    expect(packetiseH264(annexB([slice]), 1_130)).toEqual([slice]);
  });

  it('keeps the importance bits', () => {
    const [stap] = packetiseH264(annexB([nal(0x06, 10), sps]), 1_130);
    expect((stap?.[0] ?? 0) & 0x60).toBe(0x60);
    const [fragment] = packetiseH264(annexB([nal(0x41, 3_000)]), 1_130);
    expect(fragment?.[0]).toBe(0x40 | 28);
    expect(fragment?.[1]).toBe(0x80 | 1);
  });

  it('gets every length around the limit right', () => {
    for (let length = 95; length < 310; length++) {
      const unit = nal(0x65, length);
      const payloads = packetiseH264(annexB([unit]), 100);
      expect(Math.max(...payloads.map((payload) => payload.length))).toBeLessThanOrEqual(100);
      expect(depacketise(payloads)).toEqual([unit]);
    }
  });

  it('starts a new aggregate when one is full', () => {
    const units = Array.from({ length: 10 }, (_, i) => nal(0x41, 40 + i));
    const payloads = packetiseH264(annexB(units), 100);
    expect(payloads.length).toBeGreaterThan(3);
    expect(depacketise(payloads)).toEqual(units);
  });
});

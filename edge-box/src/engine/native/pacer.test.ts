import { afterEach, describe, expect, it } from 'vitest';
import { Pacer } from './pacer.ts';
import type { OutgoingPacket } from './rtp-packet.ts';

const packet = (ssrc: number, bytes = 1_000): OutgoingPacket => ({ ssrc, data: Buffer.alloc(bytes) });

describe('pacer', () => {
  let nowMs = 0;
  const sent: number[] = [];
  const pacers: Pacer[] = [];
  const make = (targetBps: number): Pacer => {
    nowMs = 0;
    sent.length = 0;
    const pacer = new Pacer(
      ({ ssrc }) => sent.push(ssrc),
      () => nowMs,
    );
    pacer.setTargetBps(targetBps);
    pacers.push(pacer);
    return pacer;
  };
  afterEach(() => pacers.splice(0).forEach((pacer) => pacer.close()));

  it('lets a small picture go at once and spreads a large one', () => {
    const pacer = make(1_000_000);
    pacer.enqueue(Array.from({ length: 5 }, () => packet(1)));
    expect(sent.length).toBe(5);
    pacer.enqueue(Array.from({ length: 100 }, () => packet(1)));
    expect(sent.length).toBeLessThan(10);
    expect(pacer.queueMs).toBeGreaterThan(250);
    for (nowMs = 1; nowMs <= 200; nowMs++) pacer.drain();
    // 2.5 Mbit/s for 200 ms is 62.5 packets of 1 kB.
    expect(sent.length).toBeGreaterThan(60);
    expect(sent.length).toBeLessThan(75);
  });

  it('sends retransmissions before what is new', () => {
    const pacer = make(1_000_000);
    pacer.enqueue(Array.from({ length: 20 }, () => packet(1)));
    const before = sent.length;
    expect(pacer.enqueueRetransmission(packet(2))).toBe(true);
    nowMs += 10;
    pacer.drain();
    expect(sent[before]).toBe(2);
  });

  it('bounds retransmissions to a part of the rate, so that they do not feed a full queue', () => {
    const pacer = make(1_000_000);
    let accepted = 0;
    for (nowMs = 1; nowMs <= 2_000; nowMs++) if (pacer.enqueueRetransmission(packet(2))) accepted++;
    // 0.3 Mbit/s for 2 s are 75 packets of 1 kB, and 11 at once before.
    expect(accepted).toBeGreaterThan(70);
    expect(accepted).toBeLessThan(90);
  });
});

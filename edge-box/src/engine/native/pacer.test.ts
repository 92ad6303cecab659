import { describe, expect, it } from 'vitest';
import { Pacer } from './pacer.ts';
import type { OutgoingPacket } from './rtp-packet.ts';

const packet = (ssrc: number, bytes = 1_000): OutgoingPacket => ({ ssrc, data: Buffer.alloc(bytes) });
const packets = (ssrc: number, count: number): OutgoingPacket[] =>
  Array.from({ length: count }, () => packet(ssrc));

describe('pacer', () => {
  let nowMs = 0;
  let open = true;
  const sent: { ssrc: number; probe: number | null; atMs: number }[] = [];
  const make = (targetKbps: number): Pacer => {
    nowMs = 0;
    open = true;
    sent.length = 0;
    const pacer = new Pacer({
      now: () => nowMs,
      mayFly: () => open,
      padding: () => packet(9),
      send: ({ ssrc }, probe) => sent.push({ ssrc, probe, atMs: nowMs }),
    });
    pacer.setTarget(targetKbps, Infinity);
    return pacer;
  };
  const runTo = (pacer: Pacer, endMs: number): void => {
    for (; nowMs < endMs; nowMs++) pacer.drain();
  };

  it('lets a small picture go at once and spreads a large one', () => {
    const pacer = make(1_000);
    pacer.enqueue('clinical', packets(1, 10));
    expect(sent.length).toBe(10);
    pacer.enqueue('clinical', packets(1, 200));
    expect(sent.length).toBeLessThan(20);
    expect(pacer.queueMs).toBeGreaterThan(250);
    runTo(pacer, 201);
    // 5 Mbit/s for 200 ms is 125 packets of 1 kB, and 12 at once before.
    expect(sent.length).toBeGreaterThan(130);
    expect(sent.length).toBeLessThan(145);
  });

  it('keeps a picture back for the time that a link of known limit takes, and lets repairs overtake it', () => {
    const pacer = make(700);
    pacer.setTarget(700, 800);
    runTo(pacer, 100);
    pacer.enqueue('clinical', packets(1, 10));
    expect(sent.length).toBe(2);
    // 1.04 Mbit/s for 20 ms is 2.6 packets of 1 kB.
    runTo(pacer, 120);
    expect(sent.length).toBe(4);
    pacer.enqueueRetransmission('clinical', packet(2));
    runTo(pacer, 190);
    expect(sent.length).toBe(11);
    expect(sent[4]?.ssrc).toBe(2);
  });

  it('is never slower than what may be offered, whatever the link was seen to carry', () => {
    const pacer = make(1_000);
    pacer.setTarget(1_000, 100);
    pacer.enqueue('clinical', packets(1, 100));
    runTo(pacer, 400);
    // 1.3 Mbit/s for 400 ms is 65 packets of 1 kB.
    expect(sent.length).toBeGreaterThan(60);
  });

  it('sends what was lost before what is new, and clinical pictures before faces', () => {
    const pacer = make(1_000);
    pacer.enqueue('other', packets(3, 20));
    const before = sent.length;
    pacer.enqueue('clinical', packets(1, 2));
    expect(pacer.enqueueRetransmission('other', packet(2))).toBe(true);
    runTo(pacer, 20);
    expect(sent.slice(before, before + 4).map(({ ssrc }) => ssrc)).toEqual([2, 1, 1, 3]);
  });

  it('holds pictures while the path is full, but not what was lost', () => {
    const pacer = make(1_000);
    open = false;
    pacer.enqueue('clinical', packets(1, 3));
    pacer.enqueueRetransmission('clinical', packet(2));
    runTo(pacer, 50);
    expect(sent.map(({ ssrc }) => ssrc)).toEqual([2]);
    expect(pacer.queueMs).toBe(Infinity);
    open = true;
    runTo(pacer, 60);
    expect(sent.length).toBe(4);
    expect(pacer.queueMs).toBe(0);
  });

  it('bounds retransmissions to a part of the rate, so that they do not feed a full queue', () => {
    const pacer = make(1_000);
    let accepted = 0;
    for (nowMs = 1; nowMs <= 2_000; nowMs++)
      if (pacer.enqueueRetransmission('clinical', packet(2))) accepted++;
    // 0.3 Mbit/s for 2 s are 75 packets of 1 kB, and 15 at once before.
    expect(accepted).toBeGreaterThan(75);
    expect(accepted).toBeLessThan(95);
  });

  it('sends a probe at its own rate, pictures first, filled up with padding', () => {
    const pacer = make(1_000);
    pacer.enqueue('clinical', packets(1, 20));
    const before = sent.length;
    pacer.probe({ number: 7, kbps: 8_000, bytes: 30_000 });
    runTo(pacer, 100);
    const probe = sent.slice(before).filter((each) => each.probe === 7);
    expect(probe.length).toBe(30);
    expect(probe.findIndex(({ ssrc }) => ssrc === 9)).toBe(20 - before);
    const spanMs = (probe.at(-1)?.atMs ?? 0) - (probe[0]?.atMs ?? 0);
    expect(spanMs).toBeGreaterThan(15);
    expect(spanMs).toBeLessThan(40);
  });

  it('forgets what waits when it is told to', () => {
    const pacer = make(1_000);
    pacer.enqueue('clinical', packets(1, 100));
    const before = sent.length;
    pacer.clear();
    runTo(pacer, 200);
    expect(sent.length).toBe(before);
  });
});

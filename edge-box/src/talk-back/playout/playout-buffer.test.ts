import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concealmentFor, opusDurationMs } from './opus-packet.ts';
import { PlayoutBuffer } from './playout-buffer.ts';

const FRAME_MS = 20;
/** CELT, 20 ms, one frame (RFC 6716, 3.1); the number of the packet as its sound. */
const packetOf = (number: number): Uint8Array => Uint8Array.of(0xf8, number & 0xff, number >> 8);
const numberOf = (payload: Uint8Array): number => (payload[1] ?? 0) | ((payload[2] ?? 0) << 8);

interface Sent {
  number: number;
  /** When it reaches the box; Infinity for a lost one. */
  arrivesMs: number;
  /** Sound time; numbers alone do not tell of pauses. */
  soundMs?: number;
}

interface Heard {
  atMs: number;
  number: number | null;
}

/** Plays for so long; what was to be heard in each 20 ms that were not silent. */
function play(sent: readonly Sent[], durationMs: number): { heard: Heard[]; buffer: PlayoutBuffer } {
  const buffer = new PlayoutBuffer();
  const arrivals = sent
    .filter(({ arrivesMs }) => arrivesMs < Infinity)
    .sort((a, b) => a.arrivesMs - b.arrivesMs);
  const heard: Heard[] = [];
  let at = 0;
  for (let nowMs = 0; nowMs < durationMs; nowMs += FRAME_MS) {
    for (; (arrivals[at]?.arrivesMs ?? Infinity) <= nowMs; at++) {
      const { number, soundMs = number * FRAME_MS } = arrivals[at] ?? { number: 0 };
      const packet = {
        sequence: number & 0xffff,
        timestamp: (soundMs * 48) >>> 0,
        payload: packetOf(number),
      };
      buffer.push(packet, arrivals[at]?.arrivesMs ?? 0);
    }
    const next = buffer.next(nowMs);
    if (next.kind === 'packet') heard.push({ atMs: nowMs, number: numberOf(next.payload) });
    if (next.kind === 'lost') heard.push({ atMs: nowMs, number: null });
  }
  return { heard, buffer };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const missed = (heard: Heard[]): number => heard.filter(({ number }) => number === null).length;
/** Since each packet that was heard at the end was made. */
const delaysMs = (heard: Heard[], madeMs = (number: number) => number * FRAME_MS): number[] =>
  heard.flatMap(({ atMs, number }) => (number === null ? [] : [atMs - madeMs(number)]));

/** Evenly spread over 0…1, the same on every run. */
const dice = (number: number): number => (Math.imul(number + 1, 2_654_435_761) >>> 0) / 2 ** 32;

describe('the playout buffer', () => {
  it('holds back 60 ms of an even voice, and loses nothing', () => {
    const sent = numbers(500).map((number) => ({ number, arrivesMs: number * FRAME_MS + 5 }));
    const { heard } = play(sent, 9_900);
    expect(missed(heard)).toBe(0);
    expect(new Set(delaysMs(heard))).toEqual(new Set([60]));
  });

  it('fills in exactly for what was lost, and puts what came in the wrong order right', () => {
    const sent = numbers(500).map((number) => {
      const isLost = number % 20 === 19;
      return { number, arrivesMs: isLost ? Infinity : number * FRAME_MS + (number % 3 === 1 ? 25 : 0) };
    });
    const { heard, buffer } = play(sent, 9_900);
    const order = heard.map(({ number }, i) => number ?? (heard[i - 1]?.number ?? 0) + 1);
    expect(order).toEqual(numbers(heard.length));
    expect(missed(heard)).toBe(Math.floor(heard.length / 20));
    expect(buffer.dropped).toBe(0);
  });

  it('waits longer on an uneven line, until hardly anything is missed', () => {
    const sent = numbers(3_000).map((number) => ({
      number,
      arrivesMs: number * FRAME_MS + 120 * dice(number),
    }));
    const { heard } = play(sent, 59_000);
    const late = heard.filter(({ atMs }) => atMs > 10_000);
    expect(missed(late) / late.length).toBeLessThan(0.02);
    expect(Math.max(...delaysMs(late))).toBeLessThanOrEqual(240);
  });

  it('waits no longer than it must once the line is calm again', () => {
    const sent = numbers(6_000).map((number) => {
      const uneven = number < 1_000 ? 120 * dice(number) : 0;
      return { number, arrivesMs: number * FRAME_MS + uneven };
    });
    const { heard } = play(sent, 119_000);
    expect(delaysMs(heard).at(-1)).toBeLessThanOrEqual(80);
  });

  it.each([
    ['fast', 0.999],
    ['slow', 1.001],
  ])('follows a sender whose clock is %s: nothing piles up in ten minutes', (_, pace) => {
    const madeMs = (number: number): number => number * FRAME_MS * pace;
    const sent = numbers(30_000).map((number) => ({
      number,
      arrivesMs: madeMs(number),
      soundMs: number * FRAME_MS,
    }));
    const { heard } = play(sent, 590_000);
    expect(Math.max(...delaysMs(heard, madeMs))).toBeLessThanOrEqual(120);
    // 600 ms too much or too little in ten minutes.
    expect(missed(heard)).toBeLessThanOrEqual(60);
  });

  it('knows a pause from a bad line', () => {
    // Half a second of speech, half a second of none (DTX: numbers go on, time jumps).
    const sent = numbers(1_000).map((number) => {
      const soundMs = number * FRAME_MS + Math.floor(number / 25) * 500;
      return { number, arrivesMs: soundMs, soundMs };
    });
    const { heard } = play(sent, 30_000);
    const madeMs = (number: number): number => number * FRAME_MS + Math.floor(number / 25) * 500;
    expect(Math.max(...delaysMs(heard, madeMs))).toBe(40);
  });

  it('leaves out what a stall has made old', () => {
    const stalled = numbers(200).map((number) => ({
      number,
      arrivesMs: number >= 50 && number < 100 ? 2_000 : number * FRAME_MS,
    }));
    const { heard } = play(stalled, 3_900);
    expect(delaysMs(heard).at(-1)).toBeLessThanOrEqual(120);
  });

  it('goes on over the end of the numbers, and with numbers that begin anew', () => {
    const over = numbers(200).map((number) => ({ number: number + 65_436, arrivesMs: number * FRAME_MS }));
    expect(missed(play(over, 3_900).heard)).toBe(0);
    const anew = numbers(200).map((number) => ({
      number: number < 100 ? number + 20_000 : number,
      arrivesMs: number * FRAME_MS,
      soundMs: number * FRAME_MS,
    }));
    expect(delaysMs(play(anew, 3_900).heard).at(-1)).toBeLessThanOrEqual(60);
  });

  it('never plays one twice, out of order, or without end, whatever comes', () => {
    const anything = fc.record({
      sequence: fc.oneof(fc.nat(60), fc.nat(65_535)),
      timestamp: fc.nat(0xffff_ffff),
      payload: fc.oneof(fc.uint8Array({ maxLength: 4 }), fc.constant(packetOf(1))),
      pulls: fc.nat(4),
    });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 80 }), (events) => {
        const buffer = new PlayoutBuffer();
        let nowMs = 0;
        let given = 0;
        let played = 0;
        for (const { pulls, ...packet } of events) {
          buffer.push(packet, nowMs);
          given++;
          for (let i = 0; i < pulls; i++, nowMs += FRAME_MS) {
            if (buffer.next(nowMs).kind === 'packet') played++;
          }
          expect(buffer.heldMs).toBeGreaterThanOrEqual(0);
          expect(buffer.heldMs).toBeLessThanOrEqual(400);
        }
        expect(played).toBeLessThanOrEqual(given);
        // A voice of which nothing comes any more is silent in the end.
        for (let i = 0; i < 600; i++, nowMs += FRAME_MS) buffer.next(nowMs);
        expect(buffer.next(nowMs).kind).toBe('silence');
      }),
    );
  });
});

describe('an Opus packet', () => {
  it('says how long its sound is', () => {
    // Examples from RFC 6716, table 2: SILK 10 and 60 ms, hybrid 20 ms, CELT 2.5 and 20 ms.
    expect(opusDurationMs(Uint8Array.of(0 << 3))).toBe(10);
    expect(opusDurationMs(Uint8Array.of(3 << 3))).toBe(60);
    expect(opusDurationMs(Uint8Array.of(13 << 3))).toBe(20);
    expect(opusDurationMs(Uint8Array.of(16 << 3))).toBe(2.5);
    expect(opusDurationMs(Uint8Array.of((31 << 3) | 1))).toBe(40);
    expect(opusDurationMs(Uint8Array.of((31 << 3) | 3, 6))).toBe(120);
    for (const broken of [[], [(31 << 3) | 3], [(31 << 3) | 3, 7], [255, 255]])
      expect(opusDurationMs(Uint8Array.from(broken))).toBeNull();
  });

  it('is made up for by one frame of no length', () => {
    expect([...concealmentFor(Uint8Array.of(0xfb, 6, 1))]).toEqual([0xf8]);
  });
});

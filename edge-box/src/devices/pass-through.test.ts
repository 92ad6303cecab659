import { describe, expect, it } from 'vitest';
import { PassThroughGate } from './pass-through.ts';

const MAIN = 77;

interface Stream {
  fromMs?: number;
  seconds: number;
  kbps?: number;
  gopMs?: number;
  hasB?: boolean;
  profile?: number | null;
}

/** 25 pictures a second; how many of them were handed on. */
function play(gate: PassThroughGate, stream: Stream): boolean[] {
  const { fromMs = 0, seconds, kbps = 2_000, gopMs = 1_000, hasB = false, profile = MAIN } = stream;
  const passed: boolean[] = [];
  for (let atMs = fromMs; atMs < fromMs + seconds * 1000; atMs += 40) {
    const isKeyFrame = atMs % gopMs === 0;
    passed.push(gate.take({ atMs, bytes: (kbps * 40) / 8, isKeyFrame, hasB: hasB && !isKeyFrame, profile }));
  }
  return passed;
}

describe('handing a stream on', () => {
  it('begins with the second key frame, when the distance between two is known', () => {
    const passed = play(new PassThroughGate(true, 4_000), { seconds: 5 });
    expect(passed.indexOf(true)).toBe(25);
    expect(passed.slice(25).every(Boolean)).toBe(true);
  });

  it.each([
    ['it is not wanted', false, {}],
    ['it has B pictures', true, { hasB: true }],
    ['its profile is not for browsers', true, { profile: 122 }],
    ['its profile is unknown', true, { profile: null }],
    ['key frames come every four seconds', true, { gopMs: 4_000 }],
    ['it is too much for the link', true, { kbps: 3_500 }],
  ])('never begins when %s', (_, wanted, fields) => {
    expect(play(new PassThroughGate(wanted, 4_000), { seconds: 20, ...fields })).not.toContain(true);
  });

  it('stops within two seconds when the link gets thin, and returns once there was room for ten', () => {
    const gate = new PassThroughGate(true, 4_000);
    play(gate, { seconds: 5 });
    gate.setTargetKbps(1_000);
    const thin = play(gate, { fromMs: 5_000, seconds: 5 });
    expect(thin.indexOf(false)).toBeLessThan(50);
    expect(thin.at(-1)).toBe(false);
    gate.setTargetKbps(4_000);
    const wide = play(gate, { fromMs: 10_000, seconds: 15 });
    expect(wide.slice(0, 250)).not.toContain(true);
    expect(wide.at(-1)).toBe(true);
  });

  it('gives way to a wish for a key frame until the next key frame', () => {
    const gate = new PassThroughGate(true, 4_000);
    play(gate, { seconds: 4.2 });
    gate.interrupt();
    const passed = play(gate, { fromMs: 4_200, seconds: 1.6 });
    expect(passed.indexOf(true)).toBe(20);
  });

  it('stops when the camera stops giving key frames', () => {
    const gate = new PassThroughGate(true, 4_000);
    play(gate, { seconds: 4 });
    expect(play(gate, { fromMs: 4_040, seconds: 4, gopMs: 100_000 }).at(-1)).toBe(false);
  });
});

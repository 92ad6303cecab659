import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoxClock } from '../clock.ts';
import { MessageIntake } from './message-intake.ts';
import { KeptVitals, wearableMessage } from './testing.ts';

function intake() {
  const kept = new KeptVitals();
  const clock = new BoxClock();
  const all = new MessageIntake(clock);
  return { kept, clock, intake: { accept: (text: string | Uint8Array) => all.accept(text, kept) } };
}
const reading = (fields: object, seq = 1): string =>
  JSON.stringify({
    v: 1,
    seq,
    sentAtMs: 1000,
    readings: [{ metric: 'heart-rate', atMs: 1000, value: 70, ...fields }],
  });

describe('messages of a wearable', () => {
  it('become measurements in box time, whatever the clock of the wearable says', () => {
    const { kept, intake: taken, clock } = intake();
    expect(taken.accept(wearableMessage(1))).toBeNull();
    const [heartRate, , temperature, ecg] = kept.measurements;
    expect(heartRate).toMatchObject({ metric: 'heart-rate', values: [72], sampleRateHz: 0, quality: 'ok' });
    expect(clock.nowMs() - (heartRate?.startMs ?? 0)).toBeLessThan(5_000);
    expect(temperature).toMatchObject({ metric: 'temperature', values: [36.7] });
    expect(ecg).toMatchObject({ metric: 'ecg-ii', sampleRateHz: 250, values: [0, 0.5, -0.25, NaN, 1.1] });
    expect((heartRate?.startMs ?? 0) - (ecg?.startMs ?? 0)).toBeCloseTo(190, 3);
  });

  it('are used once, and missing ones are counted', () => {
    const { kept, intake: taken } = intake();
    for (const seq of [5, 6, 6, 9, 8, 9, 10]) taken.accept(wearableMessage(seq));
    expect(kept.values('heart-rate')).toHaveLength(5);
    expect(kept.rejections).toEqual(['duplicate', 'duplicate']);
    expect(kept.lostMessages).toBe(2);
  });

  it('may count over the end of their numbers, or from anywhere after a restart', () => {
    const { kept, intake: taken } = intake();
    for (const seq of [0xffff_ffff, 0, 1, 3_000_000, 0, 1]) taken.accept(wearableMessage(seq));
    expect(kept.lostMessages).toBe(0);
    expect(kept.values('heart-rate')).toHaveLength(6);
  });

  it.each([
    ['a rate that no heart has', { value: 999 }, 'out-of-range'],
    ['a negative rate', { value: -1 }, 'out-of-range'],
  ])('never give %s as a value', (_, fields, quality) => {
    const { kept, intake: taken } = intake();
    taken.accept(reading(fields));
    expect(kept.measurements).toMatchObject([{ values: [NaN], quality }]);
  });

  it('from long ago or from the future are not used', () => {
    const { kept, intake: taken } = intake();
    taken.accept(reading({ atMs: 1000 + 60_000 }));
    taken.accept(
      JSON.stringify({ ...JSON.parse(wearableMessage(2)), sentAtMs: 5_002_000 + 3 * 24 * 3_600_000 }),
    );
    expect(kept.measurements).toEqual([]);
    expect(new Set(kept.rejections)).toEqual(new Set(['out-of-range']));
  });

  it.each([
    ['not JSON', 'HR=72', 'garbage'],
    ['half a message', wearableMessage(1).slice(0, 90), 'garbage'],
    ['another version', JSON.stringify({ ...JSON.parse(wearableMessage(1)), v: 2 }), 'unknown-message'],
    ['a metric nobody knows', reading({ metric: 'mood' }), 'unknown-message'],
    ['a wave as a reading', reading({ metric: 'ecg-ii' }), 'unknown-message'],
    ['a field too many', reading({ patient: 'x' }), 'unknown-message'],
    ['text for a number', reading({ value: '72' }), 'unknown-message'],
    ['nothing in it', JSON.stringify({ v: 1, seq: 1, sentAtMs: 1 }), 'unknown-message'],
    ['more than any message', 'x'.repeat(300_000), 'too-long'],
  ])('that are %s are named and dropped', (_, text, reason) => {
    const { kept, intake: taken } = intake();
    expect(taken.accept(text)).toBe(reason);
    expect(kept.rejections).toEqual([reason]);
    expect(kept.measurements).toEqual([]);
  });

  it('never crash the box, and never show a value from bytes that mean nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const { kept, intake: taken } = intake();
          taken.accept(bytes);
          expect(kept.measurements).toEqual([]);
        },
      ),
    );
  });
});

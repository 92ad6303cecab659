import { describe, expect, it } from 'vitest';
import { encodeVitalsFrame, decodeVitalsFrame, MDC, MDC_UNIT, VITALS_NO_VALUE } from '../vitals/frame.ts';
import { gapsOf, lateBy, readingOf, spansOf, Trend } from './timeline.ts';

const second = (fromS: number, lateS = 1) => ({
  fromMs: fromS * 1000,
  untilMs: fromS * 1000 + 1000,
  receivedAtMs: (fromS + 1 + lateS) * 1000,
});

describe('the spans of a record', () => {
  it('are whole where second follows second, and apart where late ones begin', () => {
    const seconds = [0, 1, 2].map((s) => second(s));
    const late = [3, 4, 5].map((s) => second(s, 60 - s));
    expect(spansOf([...seconds, ...late, second(6)])).toEqual([
      { fromMs: 0, untilMs: 3000, late: null },
      { fromMs: 3000, untilMs: 6000, late: { byMs: 57_000, receivedAtMs: 61_000 } },
      { fromMs: 6000, untilMs: 7000, late: null },
    ]);
  });

  it('have gaps between them, with the worst reason that fits', () => {
    const spans = spansOf([second(0), second(10), second(20), second(30), second(32)]);
    const at = (s: number, reason: 'lost' | 'restarted' | 'away') => ({
      ...{ fromMs: s * 1000, untilMs: s * 1000, reason },
    });
    expect(gapsOf(spans, [at(5, 'restarted'), at(5, 'lost'), at(15, 'away')])).toEqual([
      { fromMs: 1000, untilMs: 10_000, reason: 'lost' },
      { fromMs: 11_000, untilMs: 20_000, reason: 'away' },
      { fromMs: 21_000, untilMs: 30_000, reason: 'unknown' },
    ]);
  });
});

it('is late only after ten seconds', () => {
  expect(lateBy(0, 10_000)).toBeNull();
  expect(lateBy(0, 10_001)).toBe(10_001);
});

it('keeps lows and highs when it is drawn small', () => {
  const trend = new Trend(0, 3_600_000, 60);
  for (let s = 0; s < 3600; s++) trend.add(s * 1000, s === 1800 ? 30 : 97);
  const points = trend.points();
  expect(points.length).toBe(60);
  expect(points[30]).toEqual({ atMs: 1_830_000, low: 30, high: 97 });
});

it('reads a single reading, and no wave and no missing value', () => {
  const frame = (sampleRateHz: number, sample: number) =>
    decodeVitalsFrame(
      encodeVitalsFrame({
        ...{ code: MDC.spo2, unit: MDC_UNIT.percent, startHubMs: 0, sampleRateHz, scale: 0.1, offset: 0 },
        ...{ quality: 'ok', simulated: true, sequence: 0, samples: Int16Array.of(sample) },
      }),
    );
  expect(readingOf(frame(0, 973))).toBe(97.3);
  expect(readingOf(frame(0, VITALS_NO_VALUE))).toBeNull();
  expect(readingOf(frame(500, 973))).toBeNull();
});

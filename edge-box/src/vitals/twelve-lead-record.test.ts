import { describe, expect, it } from 'vitest';
import { loadEcgRecord } from './ecg-record.ts';
import { HeartRate } from './heart-rate.ts';
import { twelveLeadRecord } from './twelve-lead-record.ts';

describe('twelve leads from one', () => {
  const one = loadEcgRecord();
  const twelve = twelveLeadRecord(one);
  const factor = (metric: string): number =>
    twelve.leads.find((lead) => lead.metric === metric)?.factor ?? NaN;

  it('are twelve, and obey Einthoven and Goldberger', () => {
    expect(new Set(twelve.leads.map(({ metric }) => metric)).size).toBe(12);
    expect(factor('ecg-i') + factor('ecg-iii')).toBeCloseTo(factor('ecg-ii'));
    expect(factor('ecg-avr') + factor('ecg-avl') + factor('ecg-avf')).toBeCloseTo(0);
  });

  it('keep the length, the height and the beats of the record at 500 samples/s', () => {
    expect(twelve.sampleRateHz).toBe(500);
    expect(twelve.samples.length / 500).toBeCloseTo(one.samples.length / 360, 2);
    expect(Math.max(...twelve.samples)).toBeGreaterThan(Math.max(...one.samples) * 0.95);
    const beats = ({ samples, sampleRateHz }: typeof one): number => {
      const heartRate = new HeartRate(sampleRateHz);
      return samples.reduce((count, sample) => count + Number(heartRate.push(sample)), 0);
    };
    expect(Math.abs(beats(twelve) - beats(one))).toBeLessThanOrEqual(2);
  });
});

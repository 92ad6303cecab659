import { describe, expect, it } from 'vitest';
import { LayerRates } from './layer-rates.ts';

const start = (): LayerRates => {
  const rates = new LayerRates(4_000, 3);
  rates.change([250, 1_000, 4_000], 0);
  return rates;
};
const of = ({ lowerKbps, topKbps }: LayerRates): number[] => [...lowerKbps, topKbps];

describe('rates of the sizes', () => {
  it('begin with the largest alone', () => {
    const rates = new LayerRates(4_000, 3);
    expect(of(rates)).toEqual([0, 0, 4_000]);
    expect(rates.lowerAllowed(0)).toBe(2);
    expect(rates.change([250, 1_000, 4_000], 0)).toEqual([]);
    expect(of(rates)).toEqual([250, 1_000, 4_000]);
    expect(rates.totalKbps).toBe(5_250);
  });

  it('are told only when they changed by a twentieth', () => {
    const rates = start();
    expect(rates.change([245, 970, 3_850], 1)).toBeNull();
    expect(rates.change([230, 930, 3_750], 2)).toEqual([]);
    expect(of(rates)).toEqual([230, 930, 3_750]);
  });

  it('say which sizes pause, at once, and let none back for ten seconds', () => {
    const rates = start();
    expect(rates.change([50, 0, 4_000], 1_000)).toEqual([1]);
    expect(rates.lowerAllowed(1_500)).toBe(1);
    expect(rates.change([0, 0, 520], 2_000)).toEqual([0]);
    expect(rates.lowerAllowed(11_999)).toBe(0);
    expect(rates.mayResume(11_999)).toBe(false);
    expect(rates.mayResume(12_000)).toBe(true);
    expect(rates.lowerAllowed(12_000)).toBe(2);
    expect(rates.mayResume(12_001)).toBe(false);
    expect(rates.change([250, 1_000, 4_000], 12_001)).toEqual([]);
    expect(of(rates)).toEqual([250, 1_000, 4_000]);
  });

  it('keep the smallest size while only the next one waits', () => {
    const rates = start();
    rates.change([50, 0, 550], 1_000);
    expect(rates.lowerAllowed(2_000)).toBe(1);
    expect(rates.change([200, 0, 2_800], 2_000)).toEqual([]);
    expect(of(rates)).toEqual([200, 0, 2_800]);
  });

  it('give one size whatever there is, but never less than a picture needs', () => {
    const rates = new LayerRates(4_000, 1);
    expect(rates.change([12], 0)).toEqual([]);
    expect(of(rates)).toEqual([50]);
    expect(rates.change([51], 0)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { loadEcgRecord } from './ecg-record.ts';
import { HeartRate } from './heart-rate.ts';

const RATE_HZ = 360;

/** A spike a beat over a slow wander. */
function feedSpikes(heart: HeartRate, bpm: number, seconds: number): void {
  for (let i = 0; i < seconds * RATE_HZ; i++) {
    const t = i / RATE_HZ;
    const sinceBeat = t % (60 / bpm);
    heart.push(20 * Math.sin(t) + (sinceBeat < 0.04 ? 250 * Math.sin((sinceBeat / 0.04) * Math.PI) : 0));
  }
}

describe('heart rate', () => {
  it.each([40, 72, 150])('finds %i beats per minute', (bpm) => {
    const heart = new HeartRate(RATE_HZ);
    feedSpikes(heart, bpm, 15);
    expect(heart.bpm).toBeGreaterThan(bpm - 2);
    expect(heart.bpm).toBeLessThan(bpm + 2);
  });

  it('says nothing when the lead falls off', () => {
    const heart = new HeartRate(RATE_HZ);
    feedSpikes(heart, 72, 10);
    for (let i = 0; i < 5 * RATE_HZ; i++) heart.push(0);
    expect(heart.bpm).toBeNull();
  });

  it('is plausible on the real record all along', () => {
    const { samples, sampleRateHz } = loadEcgRecord();
    expect(samples.length).toBe(60 * sampleRateHz);
    const heart = new HeartRate(sampleRateHz);
    let beats = 0;
    const readings: (number | null)[] = [];
    samples.forEach((sample, i) => {
      if (heart.push(sample)) beats++;
      if (i > 8 * sampleRateHz && i % sampleRateHz === 0) readings.push(heart.bpm);
    });
    // A plain search for local peaks over 1 mV counts 106 in this minute; allow for early beats seen differently.
    expect(beats).toBeGreaterThan(98);
    expect(beats).toBeLessThan(118);
    expect(readings.filter((bpm) => bpm !== null && bpm > 70 && bpm < 130).length).toBeGreaterThan(
      readings.length * 0.9,
    );
  });
});

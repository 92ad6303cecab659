import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MDC } from '../../../src/lib/vitals/frame.ts';
import { FullBox, VIDEO_SLOTS } from './full-box.ts';

const LEADS = Object.entries(MDC).flatMap(([name, code]) => (name.startsWith('ecgLead') ? [code] : []));
const WATCHED_MS = 6_000;
/** A machine under tests shares its cores; a box of its own has no such excuse: bench/soak.ts. */
const LEAST_FRAMES_PER_S = 8;
/** A picture kept is 1.4 MB: a leak of even a few a second shows. */
const MOST_GROWTH_MB = 60;

/** The short form of bench/soak.ts. */
describe('everything a box carries at once', { timeout: 120_000 }, () => {
  let box: FullBox;
  beforeAll(async () => {
    box = await FullBox.start('native');
  }, 90_000);
  afterAll(() => box.stop());

  it('flows: four pictures, sound, and twelve leads of 500 samples/s without a gap, in memory that does not grow', async () => {
    const { frames, signals } = box.counters;
    await vi.waitFor(
      () => {
        for (const slot of [...VIDEO_SLOTS, 'sound']) expect(frames.get(slot), slot).toBeGreaterThan(30);
      },
      { timeout: 60_000, interval: 50 },
    );
    const framesBefore = new Map(frames);
    const samplesBefore = new Map([...signals].map(([code, { samples }]) => [code, samples]));
    const { rssMb } = box.usage();
    const startMs = performance.now();
    await sleep(WATCHED_MS);
    const seconds = (performance.now() - startMs) / 1000;
    for (const slot of VIDEO_SLOTS) {
      const perS = ((frames.get(slot) ?? 0) - (framesBefore.get(slot) ?? 0)) / seconds;
      expect(perS, slot).toBeGreaterThan(LEAST_FRAMES_PER_S);
      expect(perS, slot).toBeLessThan(33);
    }
    expect(((frames.get('sound') ?? 0) - (framesBefore.get('sound') ?? 0)) / seconds).toBeGreaterThan(30);
    expect(LEADS).toHaveLength(12);
    for (const code of LEADS) {
      const lead = signals.get(code);
      expect(lead, String(code)).toMatchObject({ sampleRateHz: 500, gaps: 0 });
      const perS = ((lead?.samples ?? 0) - (samplesBefore.get(code) ?? 0)) / seconds;
      // One block of 50 more or less, and what a busy machine delays.
      expect(Math.abs(perS - 500), String(code)).toBeLessThan(100);
    }
    expect(box.usage().rssMb - rssMb).toBeLessThan(MOST_GROWTH_MB);
  });
});

import { describe, expect, it } from 'vitest';
import { linkState } from './link-state.ts';
import { offeredKbps } from './metrics.ts';
import { record } from './rig.ts';
import type { Scenario } from './scenario.ts';

const DELAY_MS = 40;
const LATER_DELAY_MS = 150;
const CHANGE_MS = 1_200;
const END_MS = 2_800;

const scenario: Scenario = {
  name: 'short',
  source: 'this test',
  start: linkState({ delayMs: DELAY_MS }, { lossPart: 0.02 }),
  events: [
    { type: 'link', atMs: CHANGE_MS, link: linkState({ delayMs: LATER_DELAY_MS }, { lossPart: 0.02 }) },
  ],
  phases: [{ kind: 'whole', label: 'all', startMs: 0, endMs: END_MS }],
  durationMs: END_MS,
};

describe('rig for bad links', { timeout: 60_000 }, () => {
  it.each(['native', 'chromium'] as const)('records %s from the relay to the picture', async (publisher) => {
    const { frames, samples, estimates } = await record(publisher, scenario, 1);
    expect(frames.length).toBeGreaterThan(10);
    const ages = (fromMs: number, toMs: number) =>
      frames.flatMap(({ atMs, ageMs }) => (ageMs !== null && atMs > fromMs && atMs < toMs ? [ageMs] : []));
    // No picture is younger than its way.
    expect(Math.min(...ages(0, CHANGE_MS))).toBeGreaterThan(DELAY_MS);
    expect(Math.min(...ages(CHANGE_MS + LATER_DELAY_MS, END_MS))).toBeGreaterThan(LATER_DELAY_MS);
    expect(frames.at(-1)!.height).toBe(720);
    expect(offeredKbps({ samples }, { startMs: 0, endMs: END_MS })).toBeGreaterThan(200);
    expect(samples.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(0);
    expect(estimates.length).toBeGreaterThan(0);
  });
});

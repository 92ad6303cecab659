import { describe, expect, it } from 'vitest';
import type { LinkState } from './link-state.ts';
import { PROFILES, profileScenario } from './profiles.ts';
import { SCENARIOS, scenarioFor } from './scenarios.ts';

const HOUR_MS = 3_600_000;
const profile = (name: string) => PROFILES.find((one) => one.name === name)!;

/** The states of an hour, second by second, gaps left out. */
function states(name: string, seed: number): LinkState[] {
  const { start, events } = profileScenario(profile(name), seed, HOUR_MS);
  const links = events.flatMap((event) => (event.type === 'link' ? [event.link] : []));
  return [start, ...links].filter(({ up }) => up.capKbps > 0);
}
const percentile = (values: number[], part: number) =>
  values.sort((a, b) => a - b)[Math.floor(part * (values.length - 1))]!;

describe('profiles', () => {
  it.each(SCENARIOS)('%s is the same link for the same seed, in order and within its time', (name) => {
    const scenario = scenarioFor(name, 5);
    expect(scenarioFor(name, 5)).toEqual(scenario);
    const times = scenario.events.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // A link that does nothing has no events.
    expect(times.at(-1) ?? 0).toBeLessThan(scenario.durationMs);
    expect(scenario.source).not.toBe('');
    for (const { startMs, endMs } of scenario.phases) {
      expect(endMs).toBeGreaterThan(startMs);
      expect(endMs).toBeLessThanOrEqual(scenario.durationMs);
    }
    // A run of one publisher, with its start, takes less than 90 s.
    expect(scenario.durationMs).toBeLessThan(85_000);
  });

  it.each(PROFILES.map(({ name }) => name))('%s is another link for another seed', (name) => {
    expect(scenarioFor(name, 1).events).not.toEqual(scenarioFor(name, 2).events);
  });

  it('has the uplink of its source', () => {
    const kbps = states('5g-sa', 1).map(({ up }) => up.capKbps);
    expect(percentile(kbps, 0.05) / 32_000).toBeCloseTo(1, 1);
    expect(percentile(kbps, 0.5) / 39_000).toBeCloseTo(1, 1);
    expect(percentile(kbps, 0.95) / 45_000).toBeCloseTo(1, 1);
  });

  it('has the ping of its source', () => {
    const pingMs = states('5g-nsa-driving', 1).map(({ up, down }) => up.delayMs + down.delayMs);
    expect(percentile(pingMs, 0.5) / 75).toBeCloseTo(1, 0.9);
    expect(percentile(pingMs, 0.95) / 94).toBeCloseTo(1, 0.7);
  });

  it('has poor spells for the part of its source', () => {
    const poor = states('5g-nsa-driving', 3).filter(({ down }) => down.capKbps <= 1_000).length;
    expect(poor / (HOUR_MS / 1000)).toBeGreaterThan(0.11);
    expect(poor / (HOUR_MS / 1000)).toBeLessThan(0.18);
  });

  it('holds the link for a handover and lets it go in time, as often as its source', () => {
    const { events } = profileScenario(profile('5g-nsa-driving'), 4, HOUR_MS);
    const gapsMs: number[] = [];
    events.forEach((event, i) => {
      const next = events[i + 1];
      if (event.type === 'link' && event.link.up.capKbps === 0 && next) gapsMs.push(next.atMs - event.atMs);
    });
    expect(gapsMs.length).toBeGreaterThanOrEqual(75);
    expect(gapsMs.length).toBeLessThanOrEqual(77);
    for (const gapMs of gapsMs) {
      expect(gapMs).toBeGreaterThanOrEqual(35);
      expect(gapMs).toBeLessThanOrEqual(110);
    }
  });

  it('holds it through a gap of seconds, step for step', () => {
    const { events } = profileScenario(profile('saturated-handover'), 4, HOUR_MS);
    let heldMs: number | null = null;
    for (const event of events) {
      if (event.type !== 'link') continue;
      const { up, down } = event.link;
      if (up.capKbps === 0) heldMs = event.atMs;
      else if (heldMs !== null) {
        expect(event.atMs - heldMs).toBeGreaterThanOrEqual(1_000);
        expect(event.atMs - heldMs).toBeLessThanOrEqual(2_500);
        expect(down.capKbps).toBe(Infinity);
        heldMs = null;
      }
    }
  });
});

import { describe, expect, it } from 'vitest';
import { picture } from '../../bench/link-picture.ts';
import { scenarioTable, type ScenarioResult } from '../../bench/link-report.ts';
import type { Figures } from './metrics.ts';
import { SCENARIOS, scenarioFor } from './scenarios.ts';

const result = (runs: Record<string, Figures[]>): ScenarioResult => ({
  machine: { date: '', cpu: '', cores: 2, memoryGiB: 8, node: '', chromium: '', redis: '' },
  source: 'test',
  runs: Object.fromEntries(
    Object.entries(runs).map(([name, all]) => [name, all.map((figures, seed) => ({ seed, figures }))]),
  ),
});
const row = (of: ScenarioResult, label: string) =>
  scenarioTable(of)
    .split('\n')
    .find((line) => line.startsWith(`| ${label} |`))
    ?.split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());

describe('report of bad links', () => {
  it('tells medians with their spread, and by how much ours misses the goal and the best other', () => {
    const of = result({
      native: [{ capFrozenS: 0.9 }, { capFrozenS: 0.4 }, { capFrozenS: 0.7 }],
      libwebrtc: [{ capFrozenS: 3 }, { capFrozenS: 2 }, { capFrozenS: 4 }],
      chromium: [{ capFrozenS: 0.6 }, { capFrozenS: 0.5 }, { capFrozenS: 0.1 }],
    });
    expect(row(of, 'cap: frozen, s')).toEqual([
      '≤ 0.5',
      '0.70 (0.40–0.90)',
      '3.00 (2.00–4.00)',
      '0.50 (0.10–0.60)',
      '0.20',
      '0.20',
    ]);
  });

  it('says that a goal is met, and that no other is better', () => {
    const of = result({ native: [{ capFramesPerSecond: 28 }], chromium: [{ capFramesPerSecond: 17 }] });
    expect(row(of, 'cap: frames/s')).toEqual(['≥ 24', '28.0 (28.0–28.0)', '17.0 (17.0–17.0)', 'met', '–']);
  });

  it('takes what never came to pass for the worst', () => {
    const of = result({
      native: [{ returnAfterS: null }, { returnAfterS: null }, { returnAfterS: 9 }],
      chromium: [{ returnAfterS: 12 }, { returnAfterS: null }, { returnAfterS: 7 }],
    });
    expect(row(of, 'after the cap: 90 % again after, s')).toEqual([
      '≤ 8',
      'never (9.0–never)',
      '12.0 (7.0–never)',
      'never',
      'never',
    ]);
  });

  it.each(SCENARIOS)('draws %s without a number that is none', (name) => {
    const scenario = scenarioFor(name, 1);
    const samples = Array.from({ length: scenario.durationMs / 20 }, (_, i) => ({
      atMs: i * 20,
      bytes: 5_000,
      packets: 5,
      lost: 0,
      dropped: 0,
      queueMs: 0,
      lateMs: 0.1,
    }));
    const frames = [0, 33, 66, 900, 933].map((atMs) => ({
      atMs,
      ageMs: atMs === 33 ? null : 50,
      height: 720,
    }));
    const recording = {
      publisher: '<native>',
      scenario: name,
      seed: 1,
      frames,
      samples,
      firstFrameMs: null,
      estimates: [],
    };
    const svg = picture([
      { scenario, recording },
      { scenario, recording: { ...recording, samples: [], frames: [] } },
    ]);
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<native>/);
    expect(svg.match(/class="freeze"/g)!.length).toBeGreaterThanOrEqual(3);
    // Nothing from elsewhere.
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });
});

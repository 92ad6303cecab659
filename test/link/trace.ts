import { FREEZE_MS, gaps, offeredKbps } from './metrics.ts';
import type { Recording } from './recording.ts';
import type { Scenario } from './scenario.ts';

const STEP_MS = 100;

/** A line for each 100 ms, for whoever tunes an engine. */
export function trace(recording: Recording, scenario: Scenario): string[] {
  const all = gaps(recording, scenario.durationMs);
  const lines = [
    '    s  offered  estimate  queue  lost  drop  pictures  oldest age    gap  relay late   event',
  ];
  for (let startMs = 0; startMs < scenario.durationMs; startMs += STEP_MS) {
    const step = { startMs, endMs: startMs + STEP_MS };
    const within = ({ atMs }: { atMs: number }) => atMs >= step.startMs && atMs < step.endMs;
    const samples = recording.samples.filter(within);
    const frames = recording.frames.filter(within);
    const ages = frames.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
    const estimate = recording.estimates.findLast(({ atMs }) => atMs < step.endMs)?.kbps;
    const gap = all.find(({ startMs: from, endMs: to }) => to - from > FREEZE_MS && within({ atMs: to }));
    const begun = scenario.phases.filter(({ startMs: atMs }) => within({ atMs }));
    const sum = (key: 'lost' | 'dropped') => samples.reduce((total, sample) => total + sample[key], 0);
    lines.push(
      [
        (startMs / 1000).toFixed(1).padStart(5),
        column(offeredKbps(recording, step), 8),
        column(estimate, 9),
        column(samples.at(-1)?.queueMs, 6),
        column(sum('lost'), 5),
        column(sum('dropped'), 5),
        column(frames.length, 9),
        column(ages.length > 0 ? Math.max(...ages) : undefined, 11),
        column(gap && gap.endMs - gap.startMs, 6),
        column(Math.max(0, ...samples.map(({ lateMs }) => lateMs)), 11),
        `  ${begun.map(({ label }) => label).join(', ')}`,
      ].join(' '),
    );
  }
  return lines;
}

const column = (value: number | undefined, width: number): string =>
  (value === undefined || Number.isNaN(value) ? '·' : String(Math.round(value))).padStart(width);

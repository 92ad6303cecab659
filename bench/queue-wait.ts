import { simulateWaits, type SimulationResult } from '../src/lib/clinic/outpatient/wait-simulation.ts';
import { table } from './table.ts';

const CLINIC = { doctors: 200, sessions: 5, patientsPerSession: 24 } as const;
const SEEDS = [1, 2, 3, 4, 5] as const;

export type QueueWaitResult = SimulationResult[];

/** How wrong the waits are that patients are told; in a simulated clinic, so the machine does not matter. */
export const measureQueueWait = (): Promise<QueueWaitResult> =>
  Promise.resolve(SEEDS.map((seed) => simulateWaits({ seed, ...CLINIC })));

const TEXT = `\`npm run bench wait\`: ${CLINIC.doctors} simulated doctors, ${CLINIC.sessions} mornings each, ${CLINIC.patientsPerSession} patients a morning booked every ten minutes, ${SEEDS.length} times; early and late
arrivals, lognormal visits that differ by doctor (median 5 to 12 min), one in twelve gone when called, a break now and then
([wait-simulation.ts](../src/lib/clinic/outpatient/wait-simulation.ts); its numbers are ours). What is told at check-in is set against what came. The
other line is eight minutes for everybody ahead and whoever is in.`;

export function queueWaitSection(result: QueueWaitResult | undefined): string {
  return `${TEXT}\n\n${result ? figures(result) : 'Not measured.'}`;
}

function figures(runs: QueueWaitResult): string {
  const mean = (of: (run: SimulationResult) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / Math.max(1, runs.length);
  const minutes = (of: (run: SimulationResult) => number) => (mean(of) / 60_000).toFixed(1);
  const part = (of: (run: SimulationResult) => number) => `${(100 * mean(of)).toFixed(0)} %`;
  return table(
    [
      'told',
      'waits',
      'mean wait, min',
      'mean error, min',
      'bias, min',
      'in by the later time',
      'within the range',
    ],
    [
      [
        'the hub',
        mean(({ told }) => told.waits).toFixed(0),
        minutes(({ told }) => told.meanWaitMs),
        minutes(({ told }) => told.absoluteErrorMs),
        minutes(({ told }) => told.biasMs),
        part(({ told }) => told.overByHigh),
        part(({ told }) => told.withinRange),
      ],
      [
        '8 minutes each',
        mean(({ naive }) => naive.waits).toFixed(0),
        minutes(({ naive }) => naive.meanWaitMs),
        minutes(({ naive }) => naive.absoluteErrorMs),
        minutes(({ naive }) => naive.biasMs),
        '',
        '',
      ],
    ],
  );
}

import type { Figures } from '../test/link/metrics.ts';
import { PROFILE_ROWS, REFERENCE_ROWS, type Row } from './link-goals.ts';
import type { Machine } from './machine.ts';
import { table } from './table.ts';

/** docs/bench-results/link.json: figures of every run, by scenario and publisher. */
export type LinkResults = Record<string, ScenarioResult>;

export interface ScenarioResult {
  machine: Machine;
  source: string;
  runs: Record<string, { seed: number; figures: Figures }[]>;
}

/** Ours, whose misses the table tells. */
const OURS = 'native';

/** What did not come to pass is worse than anything that did. */
const worst = (row: Row) => (row.better === 'less' ? Infinity : -Infinity);

function valuesOf(runs: readonly { figures: Figures }[], row: Row): number[] {
  return runs.map(({ figures }) => figures[row.figure] ?? worst(row)).sort((a, b) => a - b);
}

/** Of an even number of runs the worse of the two in the middle. */
function medianOf(values: readonly number[], row: Row): number {
  const at = (values.length - 1) / 2;
  return values[row.better === 'less' ? Math.ceil(at) : Math.floor(at)]!;
}

function shown(value: number, row: Row): string {
  return Number.isFinite(value) ? value.toFixed(row.digits) : 'never';
}

function cell(runs: readonly { figures: Figures }[], row: Row): string {
  const values = valuesOf(runs, row);
  const median = shown(medianOf(values, row), row);
  return `${median} (${shown(values[0]!, row)}–${shown(values.at(-1)!, row)})`;
}

/** By how much a value is worse than another: nothing when it is not. */
export function behind(value: number, than: number, row: Row): string {
  const by = row.better === 'less' ? value - than : than - value;
  if (Number.isNaN(by) || by <= 0) return '';
  return Number.isFinite(by) ? by.toFixed(row.digits) : 'never';
}

/** One row a figure: the goal, each publisher's median with its lowest and highest run, and what ours lacks. */
export function scenarioTable({ runs }: ScenarioResult): string {
  const publishers = Object.keys(runs);
  const everyFigure = Object.assign({}, ...Object.values(runs).flatMap((of) => of.map((run) => run.figures)));
  const rows = [...REFERENCE_ROWS, ...PROFILE_ROWS].filter(({ figure }) => figure in everyFigure);
  const head = [
    'figure',
    'goal',
    ...publishers,
    `${OURS} misses the goal by`,
    `${OURS} behind the best other by`,
  ];
  return table(
    head,
    rows.map((row) => {
      const medians = new Map(publishers.map((name) => [name, medianOf(valuesOf(runs[name]!, row), row)]));
      const ours = medians.get(OURS) ?? NaN;
      const others = publishers.filter((name) => name !== OURS).map((name) => medians.get(name)!);
      const best = row.better === 'less' ? Math.min(...others) : Math.max(...others);
      const goal = row.goal === undefined ? '' : `${row.better === 'less' ? '≤' : '≥'} ${row.goal}`;
      return [
        row.label,
        goal,
        ...publishers.map((name) => cell(runs[name]!, row)),
        row.goal === undefined ? '' : behind(ours, row.goal, row) || 'met',
        others.length === 0 ? '' : behind(ours, best, row) || '–',
      ];
    }),
  );
}

/** The part of docs/benchmarks.md about bad links. */
export function linkSection(results: LinkResults | null): string {
  if (!results) return 'Not measured.';
  const parts = Object.entries(results).map(([name, result]) => {
    const { machine, source, runs } = result;
    const counts = Object.values(runs).map(({ length }) => length);
    return `### ${name}

Link: ${source}. ${Math.min(...counts)} runs of each publisher, ${machine.date}, ${machine.cpu}, ${machine.cores} cores, ${machine.chromium}.

${scenarioTable(result)}

![What each publisher offered, how old its picture was and when it stood](bench-results/${pictureName(name)})`;
  });
  return parts.join('\n\n');
}

export const pictureName = (scenario: string): string =>
  scenario === 'reference' ? 'link.svg' : `link-${scenario}.svg`;

import { median, type Summary } from '../statistics.ts';
import { table } from '../table.ts';
import { SIZES } from './fill.ts';
import type { ListResult, ListsResult } from './lists.ts';
import { WATCHERS, type LiveResult, type Watcher } from './live.ts';

/** Issue 5, done when. */
const LIVE_WITHIN_MS = 300;
const LISTED_WITHIN_MS = 200;

interface Measured {
  'clinic-live'?: LiveResult;
  'clinic-lists'?: ListsResult;
}

/** What of issue 5 is not as it is to be, in words. */
export function missedGoals(measured: Measured): string[] {
  const { 'clinic-live': live, 'clinic-lists': lists } = measured;
  const late = live ? WATCHERS.filter((watcher) => p95Of(live, watcher) > LIVE_WITHIN_MS) : [];
  return [
    ...late.map((watcher) => `${watcher} are not live within ${LIVE_WITHIN_MS} ms`),
    ...(live && live.missing > 0 ? [`${live.missing} changes never reached whom they concern`] : []),
    ...(lists?.lists ?? []).flatMap(listProblems),
    ...(lists?.pages ?? []).flatMap(({ page, who, summary }) => tooSlow(`${page} of a ${who}`, summary)),
  ];
}

const p95Of = ({ runs }: LiveResult, watcher: Watcher): number =>
  median(runs.map(({ sinceAcknowledged }) => sinceAcknowledged[watcher].p95));

const tooSlow = (what: string, { p95 }: Summary): string[] =>
  p95 > LISTED_WITHIN_MS ? [`${what} takes ${Math.round(p95)} ms`] : [];

const listProblems = ({ list, summary, scanned }: ListResult): string[] => [
  ...tooSlow(list, summary),
  ...scanned.map((name) => `${list} reads all of ${name}`),
];

/** Median over the runs, and how far they lay apart. */
function over(values: readonly number[], digits = 0): string {
  const shown = (value: number) => value.toFixed(digits);
  return `${shown(median(values))} (${shown(Math.min(...values))}–${shown(Math.max(...values))})`;
}

const WHO: Readonly<Record<Watcher, string>> = {
  boards: 'dispatchers on the board',
  phones: 'phones of patients: their place, their turn',
  queues: 'doctors’ queues: who checked in, who was skipped',
};

export function liveSection(result: LiveResult | undefined): string {
  return `${LIVE_TEXT}\n\n${result ? liveFigures(result) : 'Not measured.'}`;
}

const LIVE_TEXT = `\`npm run bench clinic-live\`: a hub with its pages in a process of its own, a database and a Redis; in the bench’s process, without browsers, the pages of twenty
dispatchers (60 consults on the board), of ten doctors with twenty patients each in their queue, and the phones of all patients and of sixty who check in while
others leave. Each has a socket of its own, hears the same notices, gathers and reloads by the page’s own code ([reloads.ts](../src/lib/ui/case/reloads.ts)) and asks for
the page’s data as SvelteKit does; what the browser then draws is not in it. A phone
whose place alone has changed shows the place that the notice carries, and asks for nothing ([told-place.ts](../src/lib/ui/visit/told-place.ts)). Meanwhile doctors call in, see and end visits, patients do not come, are skipped and
check in, and consults are asked for, taken on, matched, accepted, prepared and declined, each step by the page’s own action. Measured is from the acknowledgement at whoever took the
step to the list with that very change in hand, at every page that it concerns: so with the notice, the gathering of 60 ms and the reload. The bench’s process has
all pages in it; how late it was itself is a part of every figure.`;

function liveFigures(result: LiveResult): string {
  const { watchers, runs } = result;
  const of = (figure: (run: LiveResult['runs'][number]) => number, digits?: number) =>
    over(runs.map(figure), digits);
  const rows = WATCHERS.map((watcher) => [
    `${watchers[watcher]} ${WHO[watcher]}`,
    of(({ sinceAcknowledged }) => sinceAcknowledged[watcher].count),
    of(({ sinceAcknowledged }) => sinceAcknowledged[watcher].p50),
    of(({ sinceAcknowledged }) => sinceAcknowledged[watcher].p95),
    of(({ sinceAcknowledged }) => sinceAcknowledged[watcher].max),
    of(({ sincePressed }) => sincePressed[watcher].p95),
    p95Of(result, watcher) <= LIVE_WITHIN_MS ? 'met' : 'missed',
  ]);
  const head = [
    'who',
    'updates a run',
    'p50 ms',
    'p95 ms',
    'max ms',
    'p95 from the press, ms',
    `p95 ≤ ${LIVE_WITHIN_MS} ms`,
  ];
  return `${runs.length} runs of 40 s, ${result.stepsPerSecond.toFixed(1)} steps a second. Machine: load ${result.loadBefore.toFixed(1)} before the start; hub ${of(
    ({ hubCpu }) => 100 * hubCpu,
  )} % of a core, ${of(({ reloadsPerSecond }) => reloadsPerSecond)} reloads a second, bench late by ${of(({ benchLate }) => benchLate, 1)} ms (p95). Changes that never
arrived: ${result.missing}.

${table(head, rows)}`;
}

export function listsSection(result: ListsResult | undefined): string {
  return `${LISTS_TEXT}\n\n${result ? listFigures(result) : 'Not measured.'}`;
}

const LISTS_TEXT = `\`npm run bench clinic-lists\`: ${SIZES.patients} patients, ${SIZES.cases} cases and ${SIZES.events} case events of twenty hospitals over three years, three fifths of them one
hospital’s, with slots, appointments, queues, documents, attachments, rooms and notifications ([fill.ts](../bench/clinic/fill.ts)). Every list of the clinic’s services is asked for
40 times with other arguments ([listings.ts](../bench/clinic/listings.ts); one that is not among them does not compile), and PostgreSQL is asked how it reads for each statement with
these very arguments: a sequential scan of a table of ten thousand rows or more fails the bench. Then whole pages over HTTP, from a hub over the same tables. One
after the other; three calls before are not counted.`;

function listFigures({ rows, lists, pages }: ListsResult): string {
  const ms = ({ p50, p95, max }: Summary) => [p50, p95, max].map((value) => value.toFixed(1));
  const met = (summary: Summary, scanned: readonly string[] = []) =>
    scanned.length > 0
      ? `reads all of ${scanned.join(', ')}`
      : summary.p95 <= LISTED_WITHIN_MS
        ? 'met'
        : 'missed';
  const head = ['p50 ms', 'p95 ms', 'max ms', `p95 ≤ ${LISTED_WITHIN_MS} ms, by index`];
  return `${rows.patients} patients, ${rows.cases} cases, ${rows.events} events.

${table(
  ['page', 'opened by', ...head],
  pages.map(({ page, who, summary }) => [page, who, ...ms(summary), met(summary)]),
)}

${table(
  ['list', ...head],
  lists.map(({ list, summary, scanned }) => [list, ...ms(summary), met(summary, scanned)]),
)}`;
}

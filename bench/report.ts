import { format } from 'prettier';
import type { AgeResult } from './age.ts';
import { listsSection, liveSection } from './clinic/report.ts';
import type { ListsResult } from './clinic/lists.ts';
import type { LiveResult } from './clinic/live.ts';
import { carriersSection } from './carriers-report.ts';
import type { CarriersResult } from './carriers.ts';
import type { JoinResult } from './join.ts';
import { linkSection, type LinkResults } from './link-report.ts';
import { LINK_TEXT } from './link-text.ts';
import type { Machine } from './machine.ts';
import type { OutageResult } from './outage.ts';
import { queueWaitSection, type QueueWaitResult } from './queue-wait.ts';
import type { SignallingResult } from './signalling.ts';
import { sixMegabitSection } from './six-megabit-report.ts';
import type { SixMegabitResult } from './six-megabit.ts';
import { median, type Summary } from './statistics.ts';
import { table } from './table.ts';

export interface Results {
  machine: Machine;
  signalling?: SignallingResult;
  outage?: OutageResult;
  join?: JoinResult;
  age?: AgeResult;
  carriers?: CarriersResult;
  six?: SixMegabitResult;
  wait?: QueueWaitResult;
  'clinic-live'?: LiveResult;
  'clinic-lists'?: ListsResult;
}

/** Median over the runs, and how far they lay apart. */
function over(runs: readonly Summary[], figure: keyof Summary, digits: number): string {
  const values = runs.map((run) => run[figure]);
  const shown = (value: number) => value.toFixed(digits);
  return `${shown(median(values))} (${shown(Math.min(...values))}–${shown(Math.max(...values))})`;
}

function signalling(result: SignallingResult | undefined): string {
  if (!result) return 'Not measured.';
  const row = (name: string, who: 'redis' | 'adapter' | 'hub') => {
    const runs = result.rounds.map((round) => round[who]);
    const ratio = result.rounds.map((round) => round[who].p50 / round.adapter.p50);
    return [name, over(runs, 'p50', 2), over(runs, 'p99', 2), median(ratio).toFixed(2)];
  };
  return table(
    ['way', 'p50 ms', 'p99 ms', 'p50 ÷ adapter’s'],
    [
      row('Redis alone: PUBLISH → subscriber', 'redis'),
      row('socket.io, two servers, @socket.io/redis-adapter', 'adapter'),
      row('hub, two nodes: parse, authorise, number, log, publish, fan out', 'hub'),
    ],
  );
}

function outage(result: OutageResult | undefined): string {
  if (!result) return 'Not measured.';
  const rows = result.rounds.flatMap((round, index) =>
    (['hub', 'adapter'] as const).map((who) => {
      const { acknowledged, arrived, lost, repeated } = round[who];
      return [`${index + 1}`, who, ...[acknowledged, arrived, lost, repeated].map(String)];
    }),
  );
  return table(['round', 'who', 'acknowledged', 'arrived', 'lost', 'repeated'], rows);
}

function join(result: JoinResult | undefined): string {
  if (!result) return 'Not measured.';
  const { count, min, p50, p95, max } = result.clickToFirstRemoteFrame;
  return table(
    ['runs', 'min', 'p50', 'p95', 'max'],
    [[count, min, p50, p95, max].map((value) => String(Math.round(value)))],
  );
}

/** Issue 4, done when: to the decoded picture. */
const AGE_GOALS_MS = { p50: 22, p95: 30 } as const;

function age(result: AgeResult | undefined): string {
  if (!result) return 'Not measured.';
  const judged = (runs: readonly Summary[], figure: 'p50' | 'p95') => {
    const by = median(runs.map((run) => run[figure])) - AGE_GOALS_MS[figure];
    return `${over(runs, figure, 0)}, goal ${AGE_GOALS_MS[figure]}: ${by > 0 ? `missed by ${by.toFixed(0)}` : 'met'}`;
  };
  const row = (until: string, runs: readonly Summary[], ages: readonly string[]) => [
    until,
    String(runs.length),
    String(runs[0]?.count ?? 0),
    ...ages,
    over(runs, 'max', 0),
  ];
  const { decoded, displayed } = result;
  return table(
    ['from capture until', 'runs', 'frames a run', 'p50 ms', 'p95 ms', 'max ms'],
    [
      row('decoded', decoded, [judged(decoded, 'p50'), judged(decoded, 'p95')]),
      row('displayed', displayed, [over(displayed, 'p50', 0), over(displayed, 'p95', 0)]),
    ],
  );
}

/** What bench/bare-machine.sh wrote. */
export interface BareMachine {
  date: string;
  cores: number;
  firstStartMs: number;
  secondStartMs: number;
}

function start(result: BareMachine | null): string {
  if (!result) return 'Not measured.';
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  return table(
    ['date', 'cores', 'first start, s', 'second start, s'],
    [[result.date, String(result.cores), seconds(result.firstStartMs), seconds(result.secondStartMs)]],
  );
}

/** docs/benchmarks.md */
export function page(
  results: Results,
  bareMachine: BareMachine | null,
  link: LinkResults | null,
): Promise<string> {
  const { machine } = results;
  const text = `# Benchmarks

Written by \`npm run bench\`; raw figures in [bench-results/latest.json](bench-results/latest.json). Figures are medians
over the runs with the lowest and highest run in brackets. Nothing else should run on the machine meanwhile.

Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; Node ${machine.node}, ${machine.chromium},
${machine.redis}; ${machine.date}. Hub, box, browser, Redis and PostgreSQL all share these cores, over loopback.

## Starting on a bare machine

\`bash bench/bare-machine.sh\`: a fresh Debian 12 with git, Node 20 and npm and nothing else; \`npm start\` until \`/readyz\` says
ready. The first start installs npm and Debian packages, builds and proves the mediasoup worker, and builds the pages. One
run; it includes the downloads of that day.

${start(bareMachine)}

## Signalling latency

Sender to receiver on another node, all three interleaved on the same Redis.

${signalling(results.signalling)}

## A Redis outage of 3 s

A sender goes on sending; counted is what it was told is done, and what of that a receiver on another node got.

${outage(results.outage)}

## Joining

Press of the lobby's button to the first displayed frame of the box's picture, in ms.

${join(results.join)}

## Age of the picture, glass to glass

From the clock burnt in at capture to the picture in a room's page in Chromium: 720p30 ultrasound simulation, native engine, the whole
hub in the path, one viewer without a camera of their own, who has the room's other pictures, sound and ECG, too. _Decoded_ is when the page could have the picture's pixels;
_displayed_ adds the wait for the screen's next refresh, by Chromium's word. A real camera and a real screen add their own delay, which is not in these figures.

${age(results.age)}

## Two carriers

${carriersSection(results.carriers)}

## 6 Mbit/s for everything

${sixMegabitSection(results.six)}

## The wait that patients are told

${queueWaitSection(results.wait)}

## Boards and queues that stay live

${liveSection(results['clinic-live'])}

## Lists among a hundred thousand patients

${listsSection(results['clinic-lists'])}

## Over a bad link

${LINK_TEXT}

${linkSection(link)}
`;
  return format(text, { parser: 'markdown', printWidth: 110 });
}

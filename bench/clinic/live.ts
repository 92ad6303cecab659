import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { openDatabase, type Database } from '../../src/lib/storage/index.ts';
import * as schema from '../../src/lib/storage/schema.ts';
import { startTestPostgres } from '../../src/lib/storage/testing/test-postgres.ts';
import { withToldPlace } from '../../src/lib/ui/visit/told-place.ts';
import { HubProcess } from '../../test/support/hub-process.ts';
import { summarise, type Summary } from '../statistics.ts';
import { beginMorning, type BusyMorning } from './busy-morning.ts';
import { Follower, type Seen } from './follower.ts';
import {
  ConsultSteps,
  keepTaking,
  QueueSteps,
  type BoardPage,
  type QueuePage,
  type VisitPage,
} from './steps.ts';
import { Visitor } from './visitor.ts';

const OPENED_AT_ONCE = 10;
const RUNS = 3;
const RUN_MS = 40_000;
const WARM_UP_MS = 10_000;
/** Steps are about so far apart: at each of ten doctors, and of consults. Together about five a second. */
const DOCTORS_EVERY_MS = 4000;
const CONSULTS_EVERY_MS = 450;
/** Nothing that is to come is later than this. */
const LAST_MS = 10_000;
/** Of the kernel's figures in /proc. */
const TICKS_PER_SECOND = 100;

export const WATCHERS = ['boards', 'phones', 'queues'] as const;
export type Watcher = (typeof WATCHERS)[number];

export interface LiveRun {
  /** From the acknowledgement at whoever took the step to the new list in hand at everybody who watches. */
  sinceAcknowledged: Record<Watcher, Summary>;
  /** The same from the press of the button, so with the step itself. */
  sincePressed: Record<Watcher, Summary>;
  reloadsPerSecond: number;
  /** Of one core. */
  hubCpu: number;
  /** How late this process itself was; what it measures is late by as much. */
  benchLate: number;
}

export interface LiveResult {
  unit: 'ms';
  watchers: Record<Watcher, number>;
  stepsPerSecond: number;
  /** One-minute load of the machine before the start. */
  loadBefore: number;
  runs: LiveRun[];
  /** Changes that never reached somebody whom they concern. */
  missing: number;
}

/** Whatever it is that they look at. */
type Followers = Record<
  Watcher,
  Pick<Follower<unknown>, 'seen' | 'missing' | 'reloadCount' | 'open' | 'forget' | 'close'>[]
>;

/** A hub with its pages in a process of its own, and everybody who watches in this one. */
export async function measureClinicLive(): Promise<LiveResult> {
  const loadBefore = loadavg()[0] ?? 0;
  const postgres = await startTestPostgres();
  const { close } = await openDatabase({ url: postgres.url, log: { warn: () => undefined } });
  await close();
  const pool = new pg.Pool({ connectionString: postgres.url });
  try {
    const db: Database = drizzle({ client: pool, schema });
    const morning = await beginMorning(db);
    const hub = await HubProcess.start({ DATABASE_URL: postgres.url, DEMO: '0', MEDIA_WORKERS: '1' });
    try {
      return { unit: 'ms', loadBefore, ...(await watch(hub, morning)) };
    } finally {
      await hub.stop();
    }
  } finally {
    await pool.end();
    await postgres.stop();
  }
}

async function watch(
  hub: HubProcess,
  morning: BusyMorning,
): Promise<Omit<LiveResult, 'unit' | 'loadBefore'>> {
  const visit = (token: string) => new Visitor(hub.url, token);
  const boards = morning.dispatchers.map(
    ({ token }) =>
      new Follower<BoardPage>(visit(token), {
        path: '/board',
        loads: '011',
        concerns: (kind) => kind === 'consult',
      }),
  );
  const nurse = visit(morning.nurse.token);
  const rooms = morning.doctors.map((doctor) => {
    const page = new Follower<QueuePage>(visit(doctor.token), {
      path: '/clinic',
      loads: '011',
      concerns: (kind) => kind === 'outpatient',
    });
    const phones = new Map(
      [...doctor.waiting, ...doctor.later].map(({ caseId, token }) => {
        const own = new Follower<VisitPage>(visit(token), {
          ...{ path: '/visit', loads: '01' },
          taking: ({ open }, place) => ({ open: open && { visit: withToldPlace(open.visit, place) } }),
        });
        return [caseId, { visitor: visit(token), page: own }];
      }),
    );
    return {
      page,
      phones,
      steps: new QueueSteps({ doctor, visitor: visit(doctor.token), nurse, page, phones }),
    };
  });
  const followers: Followers = {
    boards,
    queues: rooms.map(({ page }) => page),
    phones: rooms.flatMap(({ phones }) => [...phones.values()].map(({ page }) => page)),
  };
  const everybody = Object.values(followers).flat();
  for (let first = 0; first < everybody.length; first += OPENED_AT_ONCE)
    await Promise.all(everybody.slice(first, first + OPENED_AT_ONCE).map((follower) => follower.open()));
  const consults = new ConsultSteps({
    ...{ morning, boards, asking: visit(morning.asking.token) },
    ...{ deciding: visit(morning.deciding.token), asked: visit(morning.asked.token) },
  });

  const stop = new AbortController();
  const startMs = performance.now();
  const taking = Promise.all([
    keepTaking(consults, CONSULTS_EVERY_MS, stop.signal),
    ...rooms.map(({ steps }) => keepTaking(steps, DOCTORS_EVERY_MS, stop.signal)),
  ]);
  const nobodyActs = taking.then(() => Promise.reject(new Error('nobody takes steps any more')));
  /** A step that is refused ends the bench, not only its own row of steps. */
  const whileSteps = <T>(work: Promise<T>): Promise<T> => Promise.race([work, nobodyActs]);
  const runs: LiveRun[] = [];
  try {
    await whileSteps(delay(WARM_UP_MS));
    for (let run = 0; run < RUNS; run++) runs.push(await whileSteps(measureRun(hub.pid, followers)));
  } finally {
    // From here on that they end is as it should be.
    nobodyActs.catch(() => undefined);
    stop.abort();
  }
  const steps = (await taking).reduce((sum, count) => sum + count, 0);
  const seconds = (performance.now() - startMs) / 1000;
  await delay(LAST_MS);
  const missing = everybody.reduce((sum, follower) => sum + follower.missing, 0);
  for (const follower of everybody) follower.close();
  const watchers = { boards: boards.length, phones: followers.phones.length, queues: rooms.length };
  return { watchers, stepsPerSecond: steps / seconds, runs, missing };
}

async function measureRun(hubPid: number, followers: Followers): Promise<LiveRun> {
  const everybody = Object.values(followers).flat();
  for (const follower of everybody) follower.forget();
  const late = monitorEventLoopDelay({ resolution: 10 });
  late.enable();
  const cpuBefore = await cpuSeconds(hubPid);
  await delay(RUN_MS);
  const hubCpu = ((await cpuSeconds(hubPid)) - cpuBefore) / (RUN_MS / 1000);
  late.disable();
  const summaries = (of: (seen: Seen) => number) =>
    Object.fromEntries(
      WATCHERS.map((watcher) => [watcher, summarise(followers[watcher].flatMap(({ seen }) => seen.map(of)))]),
    ) as Record<Watcher, Summary>;
  const run: LiveRun = {
    // Who watches may have it before whoever pressed hears that it is done.
    sinceAcknowledged: summaries(({ inHandMs, acknowledgedMs }) => Math.max(0, inHandMs - acknowledgedMs)),
    sincePressed: summaries(({ inHandMs, pressedMs }) => inHandMs - pressedMs),
    reloadsPerSecond: everybody.reduce((sum, { reloadCount }) => sum + reloadCount, 0) / (RUN_MS / 1000),
    hubCpu,
    benchLate: late.percentile(95) / 1e6 - 10,
  };
  for (const watcher of WATCHERS) {
    const { count, p50, p95, max } = run.sinceAcknowledged[watcher];
    console.log(
      `  ${watcher}: ${count} updates, p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)}, max ${max.toFixed(0)} ms`,
    );
  }
  console.log(
    `  ${run.reloadsPerSecond.toFixed(0)} reloads/s, hub ${(100 * hubCpu).toFixed(0)} % of a core, bench late by ${run.benchLate.toFixed(1)} ms (p95)`,
  );
  return run;
}

/** Of the process itself, without its database and Redis. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

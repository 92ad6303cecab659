import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryDataDir } from '../../src/lib/storage/embedded/testing.ts';
import type { CaptureTaken } from './box-with-captures.ts';
import { CARRIERS, Carriers } from './carriers.ts';
import type { FromHub } from './hub-on-carriers.ts';
import { oneFeed } from '../support/small-feeds.ts';

type AtHub = Extract<FromHub, { type: 'records' }>;

/** What became of a box's record while both carriers were gone. */
export interface BothCut {
  goneMs: number;
  /** Up to the last number that the box gave. */
  records: number;
  missing: number;
  repeated: number;
  /** Messages with vitals of the whole time, and of the time without a carrier. */
  messages: number;
  messagesWhileGone: number;
  missingMessages: number;
  repeatedMessages: number;
  captures: number;
  wholeCaptures: number;
  lateCaptures: number;
  /** So much of the time without a carrier does the room's record show as having come late. */
  lateMs: number;
  /** From the carriers' return to the last record's arrival. */
  drainedAfterMs: number;
}

const LOOK_EVERY_MS = 300;
const STARTS_WITHIN_MS = 90_000;
const DRAINS_WITHIN_MS = 120_000;
const STOPS_WITHIN_MS = 10_000;
/** Of vitals, before it begins and after it is over. */
const SOME_RECORDS = 3;

/** Small pictures: it is the record that is looked at. */
const FEEDS = JSON.stringify({ ...oneFeed({ sound: false }), vitalsSlot: 'vitals' });

/** The real box and the real hub, which for `goneMs` cannot reach each other by any carrier. */
export async function cutBoth(goneMs: number): Promise<BothCut> {
  await using stack = new AsyncDisposableStack();
  const carriers = await Carriers.open();
  stack.defer(() => carriers.close());
  const { hub, ready, dataDir } = await startHub(carriers, stack);
  const box = await startBox(carriers, stack, ready, path.join(dataDir, 'tls', 'cert.pem'));

  let before = 0;
  await untilAtHub(hub, STARTS_WITHIN_MS, 'the first vitals', ({ records }) => {
    before = vitalsOf(records).length;
    return before >= SOME_RECORDS;
  });
  const captures = [await take(box)];
  for (const carrier of CARRIERS) await carriers.cut(carrier);
  const goneAtMs = Date.now();
  captures.push(await take(box));
  await sleep(goneMs);
  captures.push(await take(box));
  const backAtMs = Date.now();
  for (const carrier of CARRIERS) await carriers.mend(carrier);
  await sleep(SOME_RECORDS * 1_000);
  const last = await take(box);
  captures.push(last);
  const atHub = await untilAtHub(hub, DRAINS_WITHIN_MS, 'the last record', ({ late }) =>
    late.captures.some(({ number, complete }) => number === last && complete),
  );
  return compare(atHub, { goneAtMs, backAtMs, captures });
}

async function startHub(carriers: Carriers, stack: AsyncDisposableStack) {
  const dataDir = await temporaryDataDir();
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const hub = await run(carriers, 'hub', new URL('./hub-on-carriers.ts', import.meta.url), {
    DATA_DIR: dataDir,
  });
  stack.defer(() => end(hub));
  return { hub, ready: await heard<Extract<FromHub, { type: 'ready' }>>(hub, STARTS_WITHIN_MS), dataDir };
}

async function startBox(
  carriers: Carriers,
  stack: AsyncDisposableStack,
  { url, enrolCode }: Extract<FromHub, { type: 'ready' }>,
  certificate: string,
): Promise<ChildProcess> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'rui-box-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const box = await run(carriers, 'box', new URL('./box-with-captures.ts', import.meta.url), {
    ...{ HUB_URL: url, ENROL_CODE: enrolCode, BOX_DATA_DIR: dataDir },
    ...{ NODE_EXTRA_CA_CERTS: certificate, BOX_OUTBOX_MIN_FREE_MB: '0', FEEDS },
  });
  stack.defer(() => end(box));
  return box;
}

async function run(
  carriers: Carriers,
  side: 'hub' | 'box',
  script: URL,
  environment: Record<string, string>,
): Promise<ChildProcess> {
  return fork(script, [], {
    execPath: await carriers.program(side, process.execPath),
    // Not those of a test runner.
    execArgv: [],
    env: { ...process.env, NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** The next that it says. */
async function heard<T>(child: ChildProcess, withinMs: number): Promise<T> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(withinMs)]);
  const ended = once(child, 'exit', { signal }).then(([code, killedBy]) => {
    throw new Error(`it ended: ${killedBy ?? code}`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [T];
    return message;
  } finally {
    over.abort();
  }
}

async function ask<T>(child: ChildProcess): Promise<T> {
  if (!child.connected) throw new Error('it ended, or hung up');
  const answer = heard<T>(child, STARTS_WITHIN_MS);
  child.send('');
  return answer;
}

async function take(box: ChildProcess): Promise<number> {
  const { taken } = await ask<CaptureTaken>(box);
  if (taken === null) throw new Error('the box could not keep the capture');
  return taken;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN_MS);
  // Either stops in good order when its parent is gone.
  if (child.connected) child.disconnect();
  await gone;
  clearTimeout(kill);
}

async function untilAtHub(
  hub: ChildProcess,
  withinMs: number,
  what: string,
  isSo: (atHub: AtHub) => boolean,
): Promise<AtHub> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const atHub = await ask<AtHub>(hub);
    if (isSo(atHub)) return atHub;
    if (performance.now() > deadlineMs) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

const vitalsOf = (records: AtHub['records']) => records.filter(({ kind }) => kind === 'vitals');

function compare(
  { records, late }: AtHub,
  { goneAtMs, backAtMs, captures }: { goneAtMs: number; backAtMs: number; captures: number[] },
): BothCut {
  const last = captures.at(-1)!;
  const numbers = records.map(({ number }) => number).filter((number) => number <= last);
  const messages = records.flatMap((record) => record.messages);
  const series = Map.groupBy(messages, ({ code }) => code);
  const counted = [...series.values()].map((of) => countOf(of.map(({ sequence }) => sequence)));
  const shown = late.captures.filter(({ number }) => captures.includes(number));
  const arrivedMs = Math.max(...records.filter(({ number }) => number <= last).map((r) => r.receivedAtMs));
  const within = ({ fromMs, untilMs }: { fromMs: number; untilMs: number }) =>
    Math.max(0, Math.min(untilMs, backAtMs) - Math.max(fromMs, goneAtMs));
  return {
    goneMs: backAtMs - goneAtMs,
    records: last,
    missing: last - new Set(numbers).size,
    repeated: numbers.length - new Set(numbers).size,
    messages: messages.length,
    messagesWhileGone: messages.filter(({ atMs }) => atMs > goneAtMs && atMs < backAtMs).length,
    missingMessages: counted.reduce((sum, { missing }) => sum + missing, 0),
    repeatedMessages: counted.reduce((sum, { repeated }) => sum + repeated, 0),
    captures: captures.length,
    wholeCaptures: shown.filter(({ complete }) => complete).length,
    lateCaptures: shown.filter(({ isLate }) => isLate).length,
    lateMs: late.spans.reduce((sum, span) => sum + within(span), 0),
    drainedAfterMs: arrivedMs - backAtMs,
  };
}

/** Of a signal's own numbers, from the first to the last. */
function countOf(sequences: readonly number[]): { missing: number; repeated: number } {
  const distinct = new Set(sequences);
  const length = Math.max(...sequences) - Math.min(...sequences) + 1;
  return { missing: length - distinct.size, repeated: sequences.length - distinct.size };
}

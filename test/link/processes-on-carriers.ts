import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryDataDir } from '../../src/lib/storage/embedded/testing.ts';
import type { CaptureTaken } from './box-with-captures.ts';
import type { Carriers } from './carriers.ts';
import type { CaptureKey } from '../../src/lib/records/index.ts';
import type { FromHub, ToHub } from './hub-on-carriers.ts';
import { oneFeed } from '../support/small-feeds.ts';

export type AtHub = Extract<FromHub, { type: 'records' }>;

const LOOK_EVERY_MS = 300;
export const STARTS_WITHIN_MS = 90_000;
const STOPS_WITHIN_MS = 10_000;

/** Small pictures: it is the record, or the signalling, that is looked at. */
const FEEDS = JSON.stringify({ ...oneFeed({ sound: false }), vitalsSlot: 'vitals' });

/** A whole hub at the end of the carriers. */
export async function startHub(carriers: Carriers, stack: AsyncDisposableStack) {
  const dataDir = await temporaryDataDir();
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const hub = await run(carriers, 'hub', new URL('./hub-on-carriers.ts', import.meta.url), {
    DATA_DIR: dataDir,
  });
  stack.defer(() => end(hub));
  return { hub, ready: await heard<Extract<FromHub, { type: 'ready' }>>(hub, STARTS_WITHIN_MS), dataDir };
}

/** The box's own program at their other end. */
export async function startBox(
  carriers: Carriers,
  stack: AsyncDisposableStack,
  { url, enrolCode }: Extract<FromHub, { type: 'ready' }>,
  certificate: string,
  feeds = FEEDS,
): Promise<ChildProcess> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'rui-box-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const box = await run(carriers, 'box', new URL('./box-with-captures.ts', import.meta.url), {
    ...{ HUB_URL: url, ENROL_CODE: enrolCode, BOX_DATA_DIR: dataDir },
    ...{ NODE_EXTRA_CA_CERTS: certificate, BOX_OUTBOX_MIN_FREE_MB: '0', FEEDS: feeds },
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
  const child = fork(script, [], {
    execPath: await carriers.program(side, process.execPath),
    // Not those of a test runner.
    execArgv: [],
    env: { ...process.env, NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  SAID.set(child, '');
  child.stdout?.on('data', (chunk: Buffer) => SAID.set(child, saidBy(child) + chunk.toString()));
  return child;
}

const SAID = new WeakMap<ChildProcess, string>();

/** All that it has logged. */
export const saidBy = (child: ChildProcess): string => SAID.get(child) ?? '';

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

async function ask<T>(child: ChildProcess, what: ToHub = ''): Promise<T> {
  if (!child.connected) throw new Error('it ended, or hung up');
  const answer = heard<T>(child, STARTS_WITHIN_MS);
  child.send(what);
  return answer;
}

/** The bytes of a picture or film that is whole at the hub. */
export async function captureAtHub(hub: ChildProcess, key: CaptureKey): Promise<Buffer> {
  const { base64 } = await ask<Extract<FromHub, { type: 'capture' }>>(hub, key);
  return Buffer.from(base64, 'base64');
}

/** A capture, once it is safe; its number. */
export async function take(box: ChildProcess): Promise<number> {
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

/** @throws {Error} when it does not come true in time. */
export async function untilAtHub(
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

export const vitalsOf = (records: AtHub['records']) => records.filter(({ kind }) => kind === 'vitals');

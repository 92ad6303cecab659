import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log.ts';

const POLITE_MS = 10_000;
const POLL_MS = 20;

async function isIn(pid: string, program: string, folder: string): Promise<boolean> {
  try {
    const [name, cwd] = await Promise.all([
      readFile(`/proc/${pid}/comm`, 'utf8'),
      readlink(`/proc/${pid}/cwd`),
    ]);
    return name.trim() === program && cwd === folder;
  } catch {
    return false; // gone meanwhile, or not ours to look at
  }
}

/**
 * The processes of a program that work in this folder. Both servers make their data folder their working
 * directory, which identifies them better than a pid file, whose number may belong to another program by now.
 */
export async function processesIn(folder: string, program: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => ((await isIn(pid, program, folder)) ? [Number(pid)] : [])),
  );
  return found.flat();
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function readPid(file: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Stops what a killed hub left running on this folder. The caller holds the folder's lock, so whatever still
 * runs there has lost its hub.
 */
export async function stopOrphans(options: {
  folder: string;
  program: string;
  pidFile: string;
  signal: NodeJS.Signals;
  log: Log;
}): Promise<void> {
  const { folder, program, log } = options;
  let left = await processesIn(folder, program);
  if (left.length === 0) return;
  log.warn(`stopping ${program} left over from a hub that was killed (process ${left.join(', ')})`);
  const main = await readPid(options.pidFile);
  // Only the main process takes the signal; PostgreSQL's helpers follow it and read signals differently.
  if (main !== undefined && left.includes(main)) send(main, options.signal);
  const deadline = Date.now() + POLITE_MS;
  while (left.length > 0) {
    if (Date.now() > deadline) left.forEach((pid) => send(pid, 'SIGKILL'));
    await delay(POLL_MS);
    left = await processesIn(folder, program);
  }
}

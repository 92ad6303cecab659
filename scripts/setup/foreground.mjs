// Running the program that a script is for: as if it had been started by hand, signals and exit code included.
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { PROJECT } from './paths.mjs';

const SAME_SIGNAL_WITHIN_MS = 1000;
const PARENT_CHECK_MS = 500;

/** Node of our choice first, so that whatever the program starts finds the same one. @param {string} node */
function environment(node, /** @type {NodeJS.ProcessEnv} */ extra) {
  const folders = [path.dirname(node), path.join(PROJECT, 'node_modules/.bin'), process.env.PATH];
  return { ...process.env, ...extra, PATH: folders.join(path.delimiter) };
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<number>} */
function exitCode(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? os.constants.signals[signal] : 1)));
  });
}

/**
 * A tool that lives as long as its terminal lets it: vite, vitest, a bench.
 * @param {string} node @param {string[]} args @param {NodeJS.ProcessEnv} [extra]
 */
export async function runTool(node, args, extra = {}) {
  const child = spawn(node, args, { cwd: PROJECT, env: environment(node, extra), stdio: 'inherit' });
  // From a terminal Ctrl-C reaches the child by itself; here it must only not end us first.
  const onInterrupt = () => void (process.stdin.isTTY || child.kill('SIGINT'));
  const onTerminate = () => void child.kill('SIGTERM');
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
  try {
    return await exitCode(child);
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate);
  }
}

/**
 * The hub, which stops in order when asked once. Ctrl-C arrives up to three times (terminal, npm, us), so the hub
 * is a session of its own and gets one signal from here; a second Ctrl-C later on is passed on as well.
 * @param {string} node @param {string[]} args @param {NodeJS.ProcessEnv} [extra]
 */
export async function runHub(node, args, extra = {}) {
  const guard = import.meta.resolve('./end-with-parent.mjs');
  const child = spawn(node, ['--import', guard, ...args], {
    cwd: PROJECT,
    env: environment(node, extra),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  let lastMs = -Infinity;
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    if (performance.now() - lastMs < SAME_SIGNAL_WITHIN_MS) return;
    lastMs = performance.now();
    child.kill(signal);
  };
  process.on('SIGINT', () => pass('SIGINT'));
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGTERM', 'SIGHUP']))
    process.on(signal, () => pass('SIGTERM'));
  // Killed npm tells nobody; without it the hub would hold its port with no terminal to stop it from.
  const parent = process.ppid;
  const watch = process.env.npm_lifecycle_event
    ? setInterval(() => process.ppid !== parent && pass('SIGTERM'), PARENT_CHECK_MS)
    : undefined;
  try {
    return await exitCode(child);
  } finally {
    clearInterval(watch);
  }
}

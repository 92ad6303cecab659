// The npm packages: installed when what is in node_modules is not what the lock file says.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { findProgram, runCommand } from './command.mjs';
import { logFile, PROJECT } from './paths.mjs';
import { say, SetupError } from './report.mjs';

const SHOWN_REASONS = 8;

/** @typedef {Record<string, { version?: string, optional?: boolean, link?: boolean }>} LockedPackages */

/** @param {string} file @returns {LockedPackages | undefined} */
function readLock(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Compares the lock file with the list that npm leaves in node_modules when it is done; so an install by hand counts,
 * and one cut short does not.
 * @param {LockedPackages} wanted
 * @param {LockedPackages | undefined} installed
 * @returns {string | undefined} why an install is due
 */
export function whyInstall(wanted, installed) {
  if (!installed) return 'node_modules is not there or not complete';
  for (const [place, { version, optional, link }] of Object.entries(wanted)) {
    if (!place.startsWith('node_modules/') || link) continue;
    const found = installed[place];
    if (!found && optional) continue; // made for another system
    if (found?.version !== version) return `${place.slice('node_modules/'.length)} is not at ${version}`;
  }
  return undefined;
}

/** @returns {{ program: string, args: string[] }} */
function npmCommand() {
  const own = process.env.npm_execpath; // the npm that runs this script, if one does
  if (own?.endsWith('.js')) return { program: process.execPath, args: [own] };
  const found = findProgram('npm');
  if (!found) throw new SetupError('npm is not installed; it comes with Node.js.');
  return { program: found, args: [] };
}

/** @param {{ mayInstall: boolean }} options */
export async function ensurePackages({ mayInstall }) {
  const wanted = readLock(path.join(PROJECT, 'package-lock.json'));
  if (!wanted) throw new SetupError('package-lock.json is missing or broken; restore it with git.');
  const why = whyInstall(wanted, readLock(path.join(PROJECT, 'node_modules/.package-lock.json')));
  if (!why) return { outcome: 'as the lock file says' };
  if (!mayInstall) throw new SetupError(`The npm packages are not up to date (${why}). Run: npm ci`);

  say(`installing with npm ci, since ${why}`);
  const { program, args } = npmCommand();
  const log = logFile('npm-ci');
  // No package's install script is run: none is needed (docs/decisions), whichever way this npm treats them.
  const flags = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  /** @type {string[]} */
  const reasons = []; // npm's reason comes first, long before the last lines of its output
  const onLine = (/** @type {string} */ line) => line.startsWith('npm error') && reasons.push(line);
  const { ok, tail } = await runCommand(program, [...args, ...flags], { log, cwd: PROJECT, onLine });
  if (!ok) {
    const shown = reasons.length > 0 ? reasons.slice(0, SHOWN_REASONS).join('\n') : tail;
    throw new SetupError(`npm ci failed; all of its output is in ${log}\n${shown}`);
  }
  return { outcome: tail.split('\n').find((line) => line.startsWith('added')) ?? 'installed' };
}

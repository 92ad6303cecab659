// Starts the box's current version, and takes back one that did not prove itself. It is not part of any version, imports nothing but Node,
// and changes only when the box is installed anew: what decides about versions must not be replaced by one.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Starts that a version on trial has to reach the hub. */
const TRIAL_STARTS = 3;
const MAIN = 'edge-box/src/main.ts';
const FACTORY = path.join(path.dirname(fileURLToPath(import.meta.url)), 'app');

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** @param {string} file @param {unknown} content */
function writeJson(file, content) {
  fs.writeFileSync(`${file}.tmp`, JSON.stringify(content), { mode: 0o600 });
  fs.renameSync(`${file}.tmp`, file);
}

/** Counts a start of a version on trial; after too many the former one is current again. @param {string} appDir */
export function settleTrial(appDir) {
  const file = path.join(appDir, 'trial.json');
  const trial = readJson(file);
  if (!trial) return;
  const starts = Number(trial.starts ?? 0) + 1;
  if (starts <= TRIAL_STARTS) return writeJson(file, { ...trial, starts });
  const current = path.join(appDir, 'current');
  fs.rmSync(current, { force: true });
  if (trial.former) fs.symlinkSync(String(trial.former), current);
  writeJson(path.join(appDir, 'rolled-back.json'), {
    version: trial.version,
    reason: `did not reach the hub in ${TRIAL_STARTS} starts`,
  });
  fs.rmSync(file, { force: true });
}

/** The current version, else the one that the machine was installed with. @param {string} appDir @param {string} factory */
export function mainToStart(appDir, factory = FACTORY) {
  const current = path.join(appDir, 'current', MAIN);
  return fs.existsSync(current) ? fs.realpathSync(current) : path.join(factory, MAIN);
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const dataDir = process.env['BOX_DATA_DIR'] ?? process.env['STATE_DIRECTORY'] ?? '/var/lib/rui-box';
  process.env['BOX_DATA_DIR'] = dataDir;
  const appDir = path.join(dataDir, 'app');
  settleTrial(appDir);
  await import(pathToFileURL(mainToStart(appDir)).href);
}

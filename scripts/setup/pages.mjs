// The pages: built again when something they are made of has changed.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from './command.mjs';
import { logFile, PROJECT } from './paths.mjs';
import { say, SetupError } from './report.mjs';

const SOURCES = [
  'src',
  'static',
  'messages',
  'project.inlang/settings.json',
  'vite.config.ts',
  'svelte.config.js',
  'tsconfig.json',
  'package-lock.json',
];
const BUILT = path.join(PROJECT, 'build');
const STAMP = path.join(BUILT, '.made-of');

/** Tests are in no page; the messages' compiled form is made by the build itself. @param {string} file */
function counts(file) {
  return !/\.test\.ts$/.test(file) && !file.startsWith(path.join('src', 'lib', 'paraglide'));
}

/** @param {string} root @param {string} place @returns {string[]} */
function filesOf(root, place) {
  const full = path.join(root, place);
  if (!fs.existsSync(full)) return [];
  if (!fs.statSync(full).isDirectory()) return [place];
  return fs
    .readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)));
}

/** What the pages are made of, as one number. @param {string} root */
export function hashSources(root) {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((place) => filesOf(root, place)).filter(counts);
  for (const file of files.sort()) {
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function builtOf() {
  try {
    return fs.existsSync(path.join(BUILT, 'handler.js')) ? fs.readFileSync(STAMP, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} node */
export async function ensurePages(node) {
  const now = hashSources(PROJECT);
  if (builtOf() === now) return { outcome: 'up to date' };
  say('building with vite');
  fs.rmSync(STAMP, { force: true }); // a build cut short must not pass for a whole one
  const log = logFile('vite-build');
  const vite = path.join(PROJECT, 'node_modules/vite/bin/vite.js');
  const { ok, tail } = await runCommand(node, [vite, 'build'], {
    log,
    cwd: PROJECT,
    env: { NODE_ENV: 'production' },
  });
  if (!ok) throw new SetupError(`The pages do not build; all of the output is in ${log}\n${tail}`);
  fs.writeFileSync(STAMP, now);
  return { outcome: 'built' };
}
